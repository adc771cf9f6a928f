/* The words of the Printer MIB (RFC 3805, section 5) that a report may
 * use. IPP writes some of them with hyphens (waste-toner), printers write
 * them in any case, and some invent their own: a word that the server does
 * not know would refuse the whole report, jobs and all. */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "bin/device_printer.h"

static const char *const types[] = {
	"unknown", "toner", "wasteToner", "ink", "inkCartridge", "inkRibbon",
	"wasteInk", "opc", "developer", "fuserOil", "solidWax", "ribbonWax",
	"wasteWax", "fuser", "coronaWire", "fuserOilWick", "cleanerUnit",
	"fuserCleaningPad", "transferUnit", "tonerCartridge", "fuserOiler",
	"water", "wasteWater", "glueWaterAdditive", "wastePaper",
	"bindingSupply", "bandingSupply", "stitchingWire", "shrinkWrap",
	"paperWrap", "staples", "inserts", "covers", "matteToner",
	"matteInk", NULL
};

static const char *const units[] = {
	"unknown", "tenThousandthsOfInches", "micrometers", "impressions",
	"sheets", "hours", "thousandthsOfOunces", "tenthsOfGrams",
	"hundrethsOfFluidOunces", "hundredthsOfFluidOunces",
	"tenthsOfMilliliters", "feet", "meters", "items", "percent", NULL
};

static const char *const classes[] = {
	"supplyThatIsConsumed", "receptacleThatIsFilled", NULL
};

static bool
word_equal(const char *word, const char *standard)
{
	for (; *word != '\0'; word++) {
		if (*word == '-')
			continue;
		if (tolower((unsigned char)*word) !=
		    tolower((unsigned char)*standard))
			return false;
		standard++;
	}
	return *standard == '\0';
}

static const char *
word_find(const char *word, const char *const *standards, const char *other)
{
	for (; *standards != NULL; standards++)
		if (word_equal(word, *standards))
			return *standards;
	return other;
}

const char *
supply_type(const char *word)
{
	return word_find(word, types, "other");
}

const char *
supply_unit(const char *word)
{
	return word_find(word, units, "other");
}

const char *
supply_class(const char *word)
{
	return word_find(word, classes, NULL);
}
