/* Takes what was typed and not sent yet over into another language. It lies in
 * this tab's own storage from one page to the next, and in no address. */
(function () {
	'use strict';

	var fields = document.querySelectorAll('main input[type="text"]');
	var choice = document.querySelector('form.languages');

	function each(act) {
		Array.prototype.forEach.call(fields, function (field) {
			act(field, 'typed-' + field.name);
		});
	}

	try {
		each(function (field, key) {
			var kept = sessionStorage.getItem(key);

			sessionStorage.removeItem(key);
			if (kept !== null)
				field.value = kept;
		});
		choice.addEventListener('submit', function () {
			each(function (field, key) {
				sessionStorage.setItem(key, field.value);
			});
		});
	} catch (refused) {
		/* No storage: it has to be typed again. */
	}
}());
