# The command `holdfast`, as an image. Not built here, where there is no Docker: its steps were done by hand in an empty folder, and
# test/container.test.ts holds what it names to what there is.
#
#   docker build -t holdfast .
#   docker run -p 127.0.0.1:8080:8080 -v holdfast:/data holdfast
#   docker run -p 127.0.0.1:8080:8080 holdfast serve --redis redis://redis.example

FROM node:20-slim AS build
WORKDIR /app
# npm ci wants every workspace's package.json, so all of them come with what .dockerignore leaves.
COPY . .
RUN npm ci
RUN npm run build -w packages/client -w packages/server -w packages/cli
# Once more for what runs: without tools, sources, and what only examples need.
RUN rm -rf node_modules packages/*/src && npm ci --omit=dev -w packages/client -w packages/server -w packages/cli

FROM node:20-slim
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/packages packages
RUN mkdir /data && chown node:node /data

ENV NODE_ENV=production
# Inside a container the port is reached from outside it or not at all. So it wants rights, or --open (docs/rights.md).
ENV HOLDFAST_HOST=0.0.0.0
USER node
# The data folder is ./holdfast-data unless a flag or the environment says otherwise.
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
	CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HOLDFAST_PORT ?? 8080}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Without a shell between, so that SIGTERM reaches the server and it drains. Give it longer than --drain-time (30 s) to stop.
ENTRYPOINT ["node", "/app/packages/cli/bin/holdfast.js"]
CMD ["serve"]
