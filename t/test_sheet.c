/* bin/device_raster, bin/font: a sheet as raster. That a decoder reads what the
 * printer gets is seen by t/test_device.py. */
#include <string.h>

#include "bin/device_sheet.h"
#include "t/test.h"

/* out: whether a sheet could be made for such a printer. */
static bool
raster_make(const char *type, int dpi, struct text *to)
{
	struct sheet sheet = {
		.paper = pwgMediaForPWG("iso_a6_105x148mm"), .answer = ippNew()
	};
	char problem[256];
	bool made;

	ippAddString(sheet.answer, IPP_TAG_PRINTER, IPP_TAG_KEYWORD,
	    SHEET_RASTER_TYPE, NULL, type);
	ippAddResolution(sheet.answer, IPP_TAG_PRINTER,
	    SHEET_RASTER_RESOLUTION, IPP_RES_PER_INCH, dpi, dpi);
	/* Half of it beside the paper: what is drawn there is lost. */
	sheet.place = (struct label_place) {
		.paper_width = 105, .paper_height = 148, .left = 60,
		.top = -20, .scale = 1.5
	};
	CU_ASSERT_FATAL(label_make(&sheet.label, "http://{|}~@^`",
	    "7KQ4M2XW9T", problem, sizeof(problem)));
	text_clear(to);
	made = sheet_raster(&sheet, to);
	label_free(&sheet.label);
	ippDelete(sheet.answer);
	return made;
}

static void
sheet_raster_kinds(void)
{
	/* Where the head tells width and bits a pixel. */
	static const unsigned char width[] = { 0, 0, 4, 216 };
	struct text text = { 0 };

	CU_ASSERT_TRUE(raster_make("srgb_8", 300, &text));
	CU_ASSERT(text.length > 3000);
	CU_ASSERT_EQUAL(memcmp(text.bytes, "RaS2PwgRaster", 13), 0);
	CU_ASSERT_EQUAL(memcmp(text.bytes + 376, width, 4), 0);
	CU_ASSERT_EQUAL(text.bytes[395], 24);
	CU_ASSERT_TRUE(raster_make("sgray_8", 20000, &text));
	CU_ASSERT_EQUAL(memcmp(text.bytes + 376, width, 4), 0);
	CU_ASSERT_EQUAL(text.bytes[395], 8);
	CU_ASSERT_FALSE(raster_make("black_1", 300, &text));
	text_free(&text);
}

int
main(void)
{
	static const struct test tests[] = {
		TEST(sheet_raster_kinds),
		{ NULL, NULL }
	};

	return test_run("sheet", tests);
}
