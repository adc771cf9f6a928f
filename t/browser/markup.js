/*
 * What html-validate says of pages: node markup.js [forms]. In on standard input: {name: HTML}; out: a
 * list of "NAME:LINE: text (rule)".
 */
'use strict';

const { HtmlValidate, StaticConfigLoader } = require('html-validate');

/* forms: the pages are as they were built, not yet filled. */
const forms = process.argv[2] === 'forms';
const loader = new StaticConfigLoader({
	extends: ['html-validate:recommended', 'html-validate:document'],
	rules: {
		/* House style, not validity. */
		'long-title': 'off',
		'no-trailing-whitespace': 'off',
		'void-style': 'off',
		/* Of a screen's forms a program shows one. */
		'heading-level': ['error', { allowMultipleH1: forms }],
		/* All comes from one place. */
		'require-sri': 'off',
		/* A page that waits looks again; none with a field does. */
		'meta-refresh': 'off',
	},
});

async function main() {
	const chunks = [];
	const said = [];

	for await (const chunk of process.stdin)
		chunks.push(chunk);
	const judge = new HtmlValidate(loader);

	for (const [name, text] of
	    Object.entries(JSON.parse(Buffer.concat(chunks)))) {
		const report = await judge.validateString(text, name);

		for (const result of report.results)
			for (const fault of result.messages)
				said.push(`${name}:${fault.line}: ` +
				    `${fault.message} (${fault.ruleId})`);
	}
	console.log(JSON.stringify(said));
}

main();
