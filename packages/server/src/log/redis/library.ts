/**
 * What Redis does in one step, as a library of Redis Functions. Everything that belongs to one channel has keys of one slot, so
 * that a Cluster runs it too; offsets are taken, keys checked and messages added here, so no two nodes can disagree.
 *
 * A channel `m` is a hash: `epoch`, `head`, `first` (oldest kept), `bytes`, `time` (of the newest), `old` (of the oldest), `root` (its
 * first epoch since it was made or removed, which idempotency keys belong to), `life` (which life of a Redis last added to it) and
 * `past` (`epoch@head …`, the epochs that kept messages belong to besides the last).
 *
 * `life`: a Redis that was started again, or that took over from another, may have lost the newest messages, and must not give
 * their ids to others. A process may take over more than once: its life is named by whom it took over from too. So the first append that such a process sees begins a new epoch, whose offsets go on where it stands, and
 * readers are told. `keeps` says that nothing can have been lost.
 */

/**
 * Part of each name: a node and a Redis that hold another version do not meet. It goes up when a function takes, gives or does
 * something else, since whoever comes first has loaded the library for all.
 */
export const version = "3";

export const library = `#!lua name=holdfast${version}

local process
local function this_life()
	process = process or string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
	local before = string.match(redis.call('INFO', 'replication'), 'master_replid2:(%w+)')
	return process .. (string.find(before, '[^0]') and before or '')
end

local function whole(n)
	return string.format('%.0f', n)
end

local function load(m)
	local f = redis.call('HMGET', m, 'epoch', 'head', 'first', 'bytes', 'time', 'old', 'root', 'life', 'past')
	if not f[1] then return nil end
	return {
		m = m, epoch = f[1], head = tonumber(f[2]), first = tonumber(f[3]), bytes = tonumber(f[4]),
		time = tonumber(f[5]), old = tonumber(f[6]), root = f[7], life = f[8], past = f[9],
	}
end

local function save(c)
	redis.call('HSET', c.m, 'epoch', c.epoch, 'head', whole(c.head), 'first', whole(c.first), 'bytes', whole(c.bytes),
		'time', whole(c.time), 'old', whole(c.old), 'root', c.root, 'life', c.life, 'past', c.past)
end

local function field(entry, name)
	local fields = entry[2]
	for i = 1, #fields, 2 do
		if fields[i] == name then return fields[i + 1] end
	end
end

local function size(entry)
	return #field(entry, 'd')
end

-- Drops what retention no longer keeps. The newest message falls to its age alone.
local function trim(c, s, now, keep)
	local function crowded()
		return c.first < c.head and (c.head - c.first + 1 > keep.messages or c.bytes > keep.bytes)
	end
	if c.first > c.head or not (crowded() or c.old + keep.age <= now) then return false end
	while c.first <= c.head do
		local batch = redis.call('XRANGE', s, '-', '+', 'COUNT', 33)
		for i, entry in ipairs(batch) do
			c.old = tonumber(field(entry, 't'))
			if not (crowded() or c.old + keep.age <= now) then
				redis.call('XTRIM', s, 'MINID', whole(c.first))
				return true
			end
			c.bytes = c.bytes - size(entry)
			c.first = c.first + 1
		end
		redis.call('XTRIM', s, 'MINID', whole(c.first))
		if #batch == 0 then break end
	end
	return true
end

local function keeping(args, at)
	return { messages = tonumber(args[at]), bytes = tonumber(args[at + 1]), age = tonumber(args[at + 2]) }
end

-- A request that waited in a Redis that stood still has been given up by its node, and must not be done any more.
local function late(deadline)
	if deadline == 0 then return false end
	local t = redis.call('TIME')
	return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000) > deadline
end

local function open(m, epoch_key, fresh, keeps, life)
	local c = load(m)
	if not c then
		redis.call('SET', epoch_key, fresh, 'NX')
		local epoch = redis.call('GET', epoch_key)
		c = { m = m, epoch = epoch, head = 0, first = 1, bytes = 0, time = 0, old = 0, root = epoch, past = '' }
	elseif c.life ~= life and not keeps then
		-- Only those that something is kept of: a Redis may be started again any number of times.
		local past = ''
		for e, h in string.gmatch(c.past .. c.epoch .. '@' .. whole(c.head) .. ' ', '(%w+)@(%d+) ') do
			if tonumber(h) >= c.first then past = past .. e .. '@' .. h .. ' ' end
		end
		c.epoch, c.past = fresh, past
	end
	c.life = life
	return c
end

-- keys: epoch, names, and for each channel m, s; then one for each idempotency key.
-- args: deadline, now, fresh epoch, keeps, messages, bytes, age, window, node, channels, (name, hint) for each, and for each draft:
-- channel, data, encoding, event, from, key, traceparent, number of its idempotency key, fingerprint.
-- gives: for each draft its state (stored, known, reused), id and time.
redis.register_function('holdfast${version}_append', function(keys, args)
	if late(tonumber(args[1])) then return redis.error_reply('LATE the node has given it up') end
	local now, fresh, keeps, window, node = tonumber(args[2]), args[3], args[4] == '1', tonumber(args[8]), args[9]
	local keep, count = keeping(args, 5), tonumber(args[10])
	local channels, answers, at = {}, {}, 11 + 2 * count
	local life = this_life()
	for i = 1, count do
		local c = open(keys[1 + 2 * i], keys[1], fresh, keeps, life)
		c.s, c.name, c.hint, c.added = keys[2 + 2 * i], args[9 + 2 * i], args[10 + 2 * i], 0
		channels[i] = c
	end
	while args[at] do
		local c = channels[tonumber(args[at])]
		local key = args[at + 7] ~= '0' and keys[2 + 2 * count + tonumber(args[at + 7])]
		local known = key and redis.call('HMGET', key, 'root', 'print', 'until', 'id', 'time')
		if known and known[1] == c.root and tonumber(known[3]) > now then
			local state = known[2] == args[at + 8] and 'known' or 'reused'
			-- A write, behind which replicas have the message too.
			redis.call('HSET', key, 'id', known[4])
			for _, part in ipairs({ state, known[4], known[5] }) do answers[#answers + 1] = part end
		else
			c.head, c.added, c.time = c.head + 1, c.added + 1, math.max(c.time, now)
			if c.first == c.head then c.old = c.time end
			local id, fields = c.epoch .. '-' .. whole(c.head), { 'd', args[at + 1], 't', whole(c.time) }
			for i, name in ipairs({ 'c', 'e', 'f', 'k', 'p' }) do
				if args[at + 1 + i] ~= '' then
					fields[#fields + 1] = name
					fields[#fields + 1] = args[at + 1 + i]
				end
			end
			redis.call('XADD', c.s, whole(c.head) .. '-0', unpack(fields))
			c.bytes = c.bytes + #args[at + 1]
			if key then
				redis.call('HSET', key, 'root', c.root, 'print', args[at + 8], 'until', whole(now + window), 'id', id, 'time', whole(c.time))
				redis.call('PEXPIRE', key, window + 60000)
			end
			for _, part in ipairs({ 'stored', id, whole(c.time) }) do answers[#answers + 1] = part end
		end
		at = at + 9
	end
	for _, c in ipairs(channels) do
		if c.added > 0 then
			trim(c, c.s, now, keep)
			save(c)
			if c.head == c.added then redis.call('ZADD', keys[2], 0, c.name) end
			redis.call('SPUBLISH', c.hint, node .. ' ' .. c.epoch .. '-' .. whole(c.head))
		end
	end
	return answers
end)

-- keys: epoch. args: deadline, fresh epoch.
redis.register_function{ function_name = 'holdfast${version}_begin', flags = { 'allow-oom' }, callback = function(keys, args)
	redis.call('SET', keys[1], args[2], 'NX')
	return 'OK'
end }

-- keys: epoch, m, s. args: kind of start, its number, its epoch, messages, bytes.
-- gives: epoch, head, first, bytes, past, the offset that it reads from, and the entries; or nothing where nobody has written yet.
redis.register_function{ function_name = 'holdfast${version}_read', flags = { 'no-writes' }, callback = function(keys, args)
	local epoch = redis.call('GET', keys[1])
	local c = load(keys[2])
	if not c then
		if not epoch then return {} end
		return { epoch, '0', '1', '0', '', '0', {} }
	end
	local kind, number, most, bytes = args[1], tonumber(args[2]), tonumber(args[4]), tonumber(args[5])
	local from, to = c.first - 1, c.head
	if kind == 'now' then from = c.head
	elseif kind == 'last' then from = math.max(from, c.head - number)
	elseif kind == 'after' then
		local life_head = args[3] == c.epoch and c.head
		for e, h in string.gmatch(c.past, '(%w+)@(%d+) ') do
			if e == args[3] then life_head = tonumber(h) end
		end
		if life_head then from = math.max(from, math.min(number, life_head)) end
		-- What is left of an epoch is a page of its own, since the next one begins with a gap.
		if life_head and number < life_head then to = math.min(to, life_head) end
	end
	if kind ~= 'after' or args[3] ~= c.epoch then
		for _, h in string.gmatch(c.past, '(%w+)@(%d+) ') do
			if tonumber(h) > from then to = math.min(to, tonumber(h)) end
		end
	end
	local entries, sum, at = {}, 0, from + 1
	while at <= to and #entries < most do
		local batch = redis.call('XRANGE', keys[3], whole(at), whole(to), 'COUNT', math.min(100, most - #entries))
		if #batch == 0 then break end
		for _, entry in ipairs(batch) do
			sum = sum + size(entry)
			if #entries > 0 and sum > bytes then
				at = to + 1
				break
			end
			entries[#entries + 1] = entry
			at = at + 1
		end
	end
	return { c.epoch, whole(c.head), whole(c.first), whole(c.bytes), c.past, whole(from), entries }
end }

-- keys: epoch, names, m, s. args: deadline, fresh epoch, name, hint, node.
redis.register_function{ function_name = 'holdfast${version}_remove', flags = { 'allow-oom' }, callback = function(keys, args)
	if late(tonumber(args[1])) then return redis.error_reply('LATE the node has given it up') end
	redis.call('SET', keys[1], args[2], 'NX')
	redis.call('UNLINK', keys[4])
	redis.call('ZREM', keys[2], args[3])
	local c = load(keys[3])
	local time = c and c.time or 0
	save({
		m = keys[3], epoch = args[2], head = 0, first = 1, bytes = 0, time = time, old = 0, root = args[2], life = this_life(), past = '',
	})
	redis.call('SPUBLISH', args[4], args[5] .. ' ' .. args[2] .. '-0')
	return 'OK'
end }

-- keys: names. args: prefix, after, limit, how the hash of a name begins. gives: name, epoch, head, first, bytes for each.
redis.register_function{ function_name = 'holdfast${version}_list', flags = { 'no-writes' }, callback = function(keys, args)
	local from = args[1] == '' and '-' or '[' .. args[1]
	if args[2] ~= '' and args[2] >= args[1] then from = '(' .. args[2] end
	local to = args[1] == '' and '+' or '[' .. args[1] .. '\\255'
	local told = {}
	for _, name in ipairs(redis.call('ZRANGEBYLEX', keys[1], from, to, 'LIMIT', 0, args[3])) do
		local c = load(args[4] .. name)
		if c then
			for _, part in ipairs({ name, c.epoch, whole(c.head), whole(c.first), whole(c.bytes) }) do told[#told + 1] = part end
		end
	end
	return told
end }

-- keys: names. args: deadline, now, messages, bytes, age, after, how a hash and how a stream begin. gives: the name to go on after, or ''.
redis.register_function{ function_name = 'holdfast${version}_sweep', flags = { 'allow-oom' }, callback = function(keys, args)
	local now, keep = tonumber(args[2]), keeping(args, 3)
	local names = redis.call('ZRANGEBYLEX', keys[1], args[6] == '' and '-' or '(' .. args[6], '+', 'LIMIT', 0, 100)
	for _, name in ipairs(names) do
		local c = load(args[7] .. name)
		if c and trim(c, args[8] .. name, now, keep) then save(c) end
	end
	return #names == 100 and names[100] or ''
end }

-- keys: names, which is not looked at, then m of each channel. args: deadline, the channel of a hint and its text.
-- gives: epoch-head of each, or ''.
redis.register_function{ function_name = 'holdfast${version}_heads', flags = { 'allow-oom' }, callback = function(keys, args)
	redis.call('SPUBLISH', args[2], args[3])
	local told = {}
	for i = 2, #keys do
		local f = redis.call('HMGET', keys[i], 'epoch', 'head')
		told[i - 1] = f[1] and f[1] .. '-' .. f[2] or ''
	end
	return told
end }
`;
