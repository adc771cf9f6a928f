/* Shows news at once. The screens work without it; it holds no words. */
(function () {
	'use strict';

	var data = document.body.dataset;
	var here = 'status?registration=' +
	    encodeURIComponent(data.registration || '');
	var events = window.EventSource && /^[0-9]+$/.test(data.version);
	var asked = false;
	var source;

	/* Whoever reads how to release, or stands on a link or button, is not
	 * disturbed. */
	function busy() {
		var main = document.querySelector('main');

		return main.querySelector('details[open]') !== null ||
		    main.contains(document.activeElement);
	}

	/* The same screen shows its news in place, another one begins anew. */
	function show(text) {
		var next = new DOMParser().parseFromString(text, 'text/html');
		var now = document.querySelector('main');
		var then = next.querySelector('main');

		if (!then || next.body.dataset.screen !== data.screen) {
			location.reload();
			return;
		}
		if (busy())
			return;
		asked = false;
		Object.assign(data, next.body.dataset);
		if (then.innerHTML !== now.innerHTML)
			now.replaceWith(document.adoptNode(then));
	}

	function look() {
		if (document.hidden)
			return;
		fetch(data.registration ? here : 'status').then(function (got) {
			if (got.redirected)
				location.assign(got.url);
			return got.ok ? got.text().then(show) : null;
		}).catch(function () { });
	}

	function count() {
		var left = document.querySelector('.count');

		if (!left)
			return;
		if (Number(left.textContent) > 0)
			left.textContent = Number(left.textContent) - 1;
		else if (!asked) {
			asked = true;
			look();
		}
	}

	/* Never more often than twice a second, whatever the server says. */
	function news() {
		source.close();
		if (data.screen === 'status') {
			look();
			setTimeout(listen, busy() ? 5000 : 500);
			return;
		}
		setTimeout(function () {
			location.reload();
		}, Math.max(0, 500 - performance.now()));
	}

	function listen() {
		source = new EventSource(here + '&since=' + data.version);
		source.onmessage = news;
		source.onerror = function () {
			if (source.readyState === EventSource.CLOSED)
				setTimeout(listen, 5000);
		};
	}

	if (events)
		listen();
	/* What raises no version: levels, pages, times; a code that waits. Not
	 * oftener: whoever hears the page begins anew with each change. */
	setInterval(look, data.screen === 'code-unknown' ? 2000 :
	    data.screen === 'operate-device' && !events ? 5000 : 60000);
	setInterval(count, 1000);
	document.addEventListener('visibilitychange', look);
}());
