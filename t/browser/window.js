/*
 * What a person, or a tool that looks, does in one window of a browser. The
 * page is playwright's or puppeteer's: what is called here is the same in
 * both.
 */
'use strict';

const fs = require('fs');

const PAUSE_MS = 20;
const MOVED = /context was destroyed|ERR_ABORTED|interrupted by another/;

function sleep(ms) {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

/* A page that moves on by itself may do so in the midst of a look at it:
 * then look again. */
async function settled(look) {
	for (let tries = 1; ; tries++) {
		try {
			return await look();
		} catch (error) {
			if (tries === 5 || !MOVED.test(String(error)))
				throw error;
			await sleep(PAUSE_MS);
		}
	}
}

/* What in a page gives [TEXT] of axe's violations. */
function axe_run(tags, without) {
	return `axe.run({
		exclude: [${JSON.stringify(without)}],
	}, {
		runOnly: { type: 'tag', values: ${JSON.stringify(tags)} },
		resultTypes: ['violations'],
	}).then((result) => result.violations.map((found) => found.id + ': ' +
	    found.nodes.map((node) => node.html + ' ' +
	    node.failureSummary.replace(/\\s+/g, ' ')).join('; ')))`;
}

class Window {
	constructor(page, end) {
		this.page = page;
		this.end = end;
		this.calm();
		page.on('console', (message) => {
			if (['error', 'warn', 'warning'].includes(
			    message.type()))
				this.said.push(message.text());
		});
		page.on('pageerror', (error) => this.said.push(String(error)));
		page.on('dialog', (dialog) => {
			this.said.push('dialog: ' + dialog.message());
			return dialog.dismiss();
		});
		page.on('request', (request) => this.asked.push(request.url()));
		page.on('response', (response) => this.got.push({
			url: response.url(), status: response.status(),
			headers: response.headers() }));
	}

	/* Forget what was seen so far. */
	calm() {
		this.said = [];
		this.asked = [];
		this.got = [];
	}

	seen() {
		return { said: this.said, asked: this.asked, got: this.got };
	}

	async go({ url }) {
		await settled(() => this.page.goto(url,
		    { waitUntil: 'load' }));
	}

	async back() {
		await this.page.goBack();
	}

	/* "Tab", "Shift+Tab", "Enter"; held down together where joined by +. */
	async press({ keys }) {
		for (const chord of keys) {
			const held = chord.split('+');
			const last = held.pop();

			for (const key of held)
				await this.page.keyboard.down(key);
			await this.page.keyboard.press(last);
			for (const key of held.reverse())
				await this.page.keyboard.up(key);
		}
	}

	async type({ text }) {
		await this.page.keyboard.type(text);
	}

	async click({ selector }) {
		await this.page.click(selector);
	}

	/* The value of a JavaScript expression in the page. */
	async look({ expression }) {
		return settled(() => this.page.evaluate(expression));
	}

	/* How long until the expression is true, in ms; null after limit_ms. */
	async wait({ expression, limit_ms }) {
		const begin = Date.now();

		for (;;) {
			try {
				if (await this.page.evaluate(expression))
					return Date.now() - begin;
			} catch (error) {
				/* Between two pages. */
				if (Date.now() - begin > limit_ms)
					throw error;
			}
			if (Date.now() - begin > limit_ms)
				return null;
			await sleep(PAUSE_MS);
		}
	}

	/* Tab until the focus is on what is wanted; null if it never is. */
	async tab_to({ selector, limit }) {
		const there = 'document.activeElement !== null && ' +
		    'document.activeElement.matches(' +
		    JSON.stringify(selector) + ')';

		for (let count = 0; count <= limit; count++) {
			if (await this.page.evaluate(there))
				return count;
			await this.page.keyboard.press('Tab');
		}
		return null;
	}

	async shot({ path }) {
		await this.page.screenshot({ path, fullPage: true });
	}

	/* Violations of axe-core, each with the elements that break it; less
	 * what a selector takes out. */
	async axe({ tags, without }) {
		const source = fs.readFileSync(
		    require.resolve('axe-core/axe.min.js'), 'utf8');

		return settled(async () => {
			if (!await this.page.evaluate('!!window.axe'))
				await this.page.evaluate(source +
				    '; undefined');
			return this.page.evaluate(axe_run(tags, without));
		});
	}

	async close() {
		await this.end();
	}
}

module.exports = { Window };
