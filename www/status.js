/* Shows news at once. The screens work without it. */
(function () {
	'use strict';

	var data = document.body.dataset;
	var source;

	/* Never more often than every two seconds, whatever the server says. */
	function reload() {
		setTimeout(function () {
			location.reload();
		}, Math.max(0, 2000 - performance.now()));
	}

	/* No events here: look from time to time. */
	function look() {
		var waits = data.screen === 'operate-device';

		setTimeout(reload, waits ? 5000 : 60000);
	}

	if (!window.EventSource || !/^[0-9]+$/.test(data.version)) {
		look();
		return;
	}
	source = new EventSource('status?since=' + data.version +
	    '&registration=' + encodeURIComponent(data.registration));
	source.onmessage = function () {
		source.close();
		reload();
	};
	source.onerror = function () {
		if (source.readyState === EventSource.CLOSED)
			look();
	};
}());
