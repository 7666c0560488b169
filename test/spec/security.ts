/** How a request says who it is from. */
export const securitySchemes = {
	bearer: { type: "http", scheme: "bearer", description: "A JSON Web Token or an API key." },
	ticket: { type: "apiKey", in: "query", name: "ticket", description: "Good once, for who can send no header." },
	cookie: {
		type: "apiKey",
		in: "cookie",
		name: "token",
		description: "A token, in the cookie of the name that the server is told.",
	},
};
