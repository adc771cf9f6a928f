/* Debian's Chromium, driven by playwright-core. */
'use strict';

const { chromium } = require('playwright-core');
const { Window } = require('./window.js');

class Page extends Window {
	async size({ width, height }) {
		await this.page.setViewportSize({ width, height });
	}

	async colours({ scheme }) {
		await this.page.emulateMedia({ colorScheme: scheme });
	}

	async cookies({ url, jar }) {
		await this.page.context().addCookies(Object.entries(jar).map(
		    ([name, value]) => ({ name, value, url })));
	}

	/* Be a browser that was never here. */
	async forget() {
		await this.page.context().clearCookies();
	}

	/* The accessibility tree in reading order: [role, name, description]. */
	async tree() {
		const session =
		    await this.page.context().newCDPSession(this.page);
		const { nodes } = await session.send(
		    'Accessibility.getFullAXTree');
		const known = new Map(nodes.map((node) => [node.nodeId, node]));
		const read = [];
		const walk = (node) => {
			if (!node.ignored)
				read.push([node.role.value,
				    node.name ? node.name.value : '',
				    node.description ?
				    node.description.value : '']);
			for (const id of node.childIds)
				if (known.has(id))
					walk(known.get(id));
		};

		walk(nodes[0]);
		await session.detach();
		return read.filter(([role]) => role !== 'InlineTextBox');
	}
}

async function start(script) {
	const browser = await chromium.launch({
		executablePath: '/usr/bin/chromium',
		args: ['--disable-gpu', '--disable-dev-shm-usage'],
	});

	return {
		async open({ language, width, height }) {
			const context = await browser.newContext({
				locale: language, javaScriptEnabled: script,
				viewport: { width, height },
				/* What counts is what stands there in the end. */
				reducedMotion: 'reduce',
			});

			return new Page(await context.newPage(),
			    () => context.close());
		},
		stop: () => browser.close(),
	};
}

module.exports = { start };
