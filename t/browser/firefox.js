/* Debian's Firefox, driven by puppeteer-core over WebDriver BiDi. */
'use strict';

const puppeteer = require('puppeteer-core');
const { Window } = require('./window.js');

class Page extends Window {
	async size({ width, height }) {
		await this.page.setViewport({ width, height });
	}

	async cookies({ url, jar }) {
		await this.page.browserContext().setCookie(
		    ...Object.entries(jar).map(([name, value]) => ({
			name, value, domain: new URL(url).hostname,
			path: '/' })));
	}
}

/* Scripts are switched for the whole browser: BiDi cannot for a window. */
async function start(script) {
	const browser = await puppeteer.launch({
		browser: 'firefox', protocol: 'webDriverBiDi', headless: true,
		executablePath: '/usr/bin/firefox-esr',
		extraPrefsFirefox: { 'javascript.enabled': script },
	});

	return {
		async open({ language, width, height }) {
			const context = await browser.createBrowserContext();
			const page = await context.newPage();

			await page.setViewport({ width, height });
			await page.setExtraHTTPHeaders(
			    { 'Accept-Language': language });
			return new Page(page, () => context.close());
		},
		stop: () => browser.close(),
	};
}

module.exports = { start };
