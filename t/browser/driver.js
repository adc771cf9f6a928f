/*
 * One real browser, driven by lines of JSON.
 *
 *	node driver.js chromium|firefox [no-script]
 *
 * In on standard input: {"call": NAME, "window": NUMBER, "with": {...}}; the
 * calls are those of window.js, and "open" and "close" of a window. Out on
 * standard output, in the same order: {"value": ...} or {"error": TEXT}.
 * It ends the browser when its input ends.
 */
'use strict';

const readline = require('readline');

const CALL_LIMIT_MS = 60000;
const windows = new Map();
let opened = 0;

function limited(promise, text) {
	let timer;
	const late = new Promise((resolve, reject) => {
		timer = setTimeout(() => reject(new Error('late: ' + text)),
		    CALL_LIMIT_MS);
	});

	return Promise.race([promise, late]).finally(() =>
	    clearTimeout(timer));
}

async function answer(browser, asked) {
	if (asked.call === 'open') {
		windows.set(++opened, await browser.open(asked.with));
		return opened;
	}
	const window = windows.get(asked.window);

	if (asked.call === 'close') {
		windows.delete(asked.window);
		return window.close();
	}
	return window[asked.call](asked.with);
}

async function main(name, script) {
	const browser = await require('./' + name + '.js').start(script);

	for await (const line of readline.createInterface(process.stdin)) {
		const asked = JSON.parse(line);
		let said;

		try {
			said = { value: await limited(answer(browser, asked),
			    asked.call) ?? null };
		} catch (error) {
			said = { error: String(error.stack || error) };
		}
		process.stdout.write(JSON.stringify(said) + '\n');
	}
	await browser.stop();
}

main(process.argv[2], process.argv[3] !== 'no-script').then(
    () => process.exit(0),
    (error) => {
	    process.stdout.write(JSON.stringify(
		{ error: String(error.stack || error) }) + '\n');
	    process.exit(1);
    });
