/* lib/webhook: body, signature, secret files, targets, retries. */
#include <CUnit/Basic.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/webhook.h"

/* The example of the Standard Webhooks specification's reference libraries. */
#define EXAMPLE_SECRET	"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define EXAMPLE_ID	"msg_p5jXN8AQM9LWM0D4loKWxJek"
#define EXAMPLE_TIME	1614265330
#define EXAMPLE_BODY	"{\"test\": 2432232314}"
#define EXAMPLE_SIGN	"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

static char path[] = "/tmp/test_webhook.XXXXXX";

static void
file_write(const char *content, mode_t mode)
{
	int file;

	/* An earlier test may have left it read-only. */
	CU_ASSERT_FATAL(chmod(path, 0600) == 0);
	file = open(path, O_WRONLY | O_TRUNC);
	CU_ASSERT_FATAL(file != -1);
	CU_ASSERT_FATAL(write(file, content, strlen(content))
	    == (ssize_t)strlen(content));
	CU_ASSERT_FATAL(fchmod(file, mode) == 0);
	close(file);
}

static bool
secret_fits(const char *content, mode_t mode, struct webhook_secret *secret)
{
	char problem[512] = "";
	bool fits;

	file_write(content, mode);
	fits = webhook_secret_read(secret, path, problem, sizeof(problem));
	CU_ASSERT(fits == (problem[0] == '\0'));
	if (!fits) {
		CU_ASSERT_EQUAL(secret->length, 0);
		CU_ASSERT_PTR_NULL(strstr(problem, "MfKQ"));
	}
	return fits;
}

static void
secret_read_good(void)
{
	struct webhook_secret secret;

	CU_ASSERT(secret_fits(EXAMPLE_SECRET, 0600, &secret));
	CU_ASSERT_EQUAL(secret.length, 24);
	CU_ASSERT(secret_fits(EXAMPLE_SECRET "\n", 0400, &secret));
	CU_ASSERT(secret_fits(EXAMPLE_SECRET "\r\n", 0600, &secret));
}

static void
secret_read_refused(void)
{
	static const char *const contents[] = { "", "\n", "whsec_",
		"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa==",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS*",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw more",
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILP"
		"ZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
	struct webhook_secret secret;
	char problem[512];

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		CU_ASSERT_FALSE(secret_fits(contents[i], 0600, &secret));
	CU_ASSERT_FALSE(secret_fits(EXAMPLE_SECRET, 0640, &secret));
	CU_ASSERT_FALSE(secret_fits(EXAMPLE_SECRET, 0604, &secret));
	CU_ASSERT_FALSE(webhook_secret_read(&secret, "/nonexistent/secret",
	    problem, sizeof(problem)));
	CU_ASSERT_FALSE(webhook_secret_read(&secret, "/tmp", problem,
	    sizeof(problem)));
}

static void
sign_example(void)
{
	struct webhook_secret secrets[2];
	struct text body = { 0 }, header = { 0 };

	CU_ASSERT_FATAL(secret_fits(EXAMPLE_SECRET, 0600, &secrets[1]));
	secrets[0] = secrets[1];
	secrets[0].bytes[0] ^= 1;
	text_add(&body, EXAMPLE_BODY);
	webhook_sign(&header, &secrets[1], 1, EXAMPLE_ID, EXAMPLE_TIME,
	    &body);
	CU_ASSERT_STRING_EQUAL(header.bytes, EXAMPLE_SIGN);

	/* Two secrets: two signatures, the first secret's first. */
	text_clear(&header);
	webhook_sign(&header, secrets, 2, EXAMPLE_ID, EXAMPLE_TIME, &body);
	CU_ASSERT_EQUAL(header.length, 2 * strlen(EXAMPLE_SIGN) + 1);
	CU_ASSERT_STRING_EQUAL(strchr(header.bytes, ' ') + 1, EXAMPLE_SIGN);
	CU_ASSERT(strncmp(header.bytes, EXAMPLE_SIGN, strlen(EXAMPLE_SIGN))
	    != 0);
	text_free(&header);
	text_free(&body);
}

static void
body_whole(void)
{
	struct webhook_order order = {
		.id = "9b0e2c1a-e8a1-11f0-a6c5-0242ac120002",
		.reason = "level 18 of 100 percent is at or under 20 %",
		.created_at = "2026-11-22T12:00:01Z", .registration = "7",
		.device_id = "E78283B1N123456",
		.make_and_model = "Example \"MFC\"\\9340\n",
		.serial_number = "E782", .type = "toner", .colorant = "cyan",
		.slot = 1, .percent = 18 };
	struct text body = { 0 };

	webhook_body(&body, &order);
	CU_ASSERT_STRING_EQUAL(body.bytes, "{\"type\":\"supply.order\","
	    "\"timestamp\":\"2026-11-22T12:00:01Z\",\"data\":{\"order\":"
	    "\"9b0e2c1a-e8a1-11f0-a6c5-0242ac120002\",\"test\":false,"
	    "\"reason\":\"level 18 of 100 percent is at or under 20 %\","
	    "\"registration\":\"7\",\"device\":{\"id\":\"E78283B1N123456\","
	    "\"makeAndModel\":\"Example \\\"MFC\\\"\\\\9340\\u000a\","
	    "\"serialNumber\":\"E782\"},\"supply\":{\"index\":1,"
	    "\"type\":\"toner\",\"colorant\":\"cyan\",\"percent\":18,"
	    "\"sku\":null}}}");

	text_clear(&body);
	order.test = true;
	order.serial_number = order.colorant = NULL;
	webhook_body(&body, &order);
	CU_ASSERT_PTR_NOT_NULL(strstr(body.bytes, "\"test\":true"));
	CU_ASSERT_PTR_NOT_NULL(strstr(body.bytes, "\"serialNumber\":null}"));
	CU_ASSERT_PTR_NOT_NULL(strstr(body.bytes, "\"colorant\":null,"));
	text_free(&body);
}

static bool
is_public(const char *address)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
		return webhook_address_public((struct sockaddr *)&v4);
	CU_ASSERT_FATAL(inet_pton(AF_INET6, address, &v6.sin6_addr) == 1);
	return webhook_address_public((struct sockaddr *)&v6);
}

static void
address_public_good(void)
{
	static const char *const addresses[] = { "8.8.8.8", "1.1.1.1",
		"9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
		"126.255.255.255", "128.0.0.1", "169.253.255.255",
		"172.15.255.255", "172.32.0.0", "192.167.255.255",
		"192.169.0.0", "198.17.255.255", "198.20.0.0",
		"223.255.255.255", "2000::1", "2001:200::1",
		"2a00:1450:4001::200e", "2606:4700:4700::1111",
		"3ffe:ffff::1" };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		if (!is_public(addresses[i]))
			CU_FAIL(addresses[i]);
	}
}

static void
address_public_refused(void)
{
	static const char *const addresses[] = { "0.0.0.0", "0.1.2.3",
		"10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
		"127.0.0.1", "127.255.255.255", "169.254.169.254",
		"172.16.0.0", "172.31.255.255", "192.0.0.8", "192.0.2.1",
		"192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
		"198.51.100.7", "203.0.113.7", "224.0.0.1",
		"239.255.255.255", "240.0.0.1", "255.255.255.255", "::",
		"::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::8.8.8.8",
		"64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "2001::1",
		"2001:10::1", "2001:1ff:ffff::1", "2001:db8::1",
		"2002:7f00:1::1", "3fff::1", "3fff:fff::1", "4000::1",
		"fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1" };
	struct sockaddr local = { .sa_family = AF_UNIX };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		if (is_public(addresses[i]))
			CU_FAIL(addresses[i]);
	}
	CU_ASSERT_FALSE(webhook_address_public(&local));
}

static void
delay_schedule(void)
{
	static const unsigned want[] = { 5, 300, 1800, 7200, 18000, 36000,
		50400, 72000, 86400 };

	for (unsigned i = 0; i < 9; i++) {
		CU_ASSERT_EQUAL(webhook_delay_s(i + 1, 0, 0), want[i]);
		for (uint32_t random = 0; random < 20000; random += 7) {
			unsigned delay = webhook_delay_s(i + 1, 0, random);

			CU_ASSERT(delay >= want[i]
			    && delay <= want[i] + want[i] / 10);
		}
	}
	CU_ASSERT_EQUAL(webhook_delay_s(2, 0, 30), 330);
	CU_ASSERT_EQUAL(webhook_delay_s(10, 0, 0), 0);
	CU_ASSERT_EQUAL(webhook_delay_s(200, 90, 0), 0);
}

static void
delay_retry_after(void)
{
	CU_ASSERT_EQUAL(webhook_delay_s(1, 4, 0), 5);
	CU_ASSERT_EQUAL(webhook_delay_s(1, 6, 0), 6);
	CU_ASSERT_EQUAL(webhook_delay_s(1, -1, 0), 5);
	CU_ASSERT_EQUAL(webhook_delay_s(2, 120, 0), 300);
	CU_ASSERT_EQUAL(webhook_delay_s(1, 86401, 0), 86400);
	CU_ASSERT_EQUAL(webhook_delay_s(1, INT64_MAX, 0), 86400);
	CU_ASSERT_EQUAL(webhook_delay_s(9, 60, 0), 86400);
}

int
main(void)
{
	CU_pSuite suite;
	int file;
	unsigned failures;

	if (sodium_init() < 0 || (file = mkstemp(path)) == -1
	    || CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	close(file);
	suite = CU_add_suite("webhook", NULL, NULL);
	CU_ADD_TEST(suite, secret_read_good);
	CU_ADD_TEST(suite, secret_read_refused);
	CU_ADD_TEST(suite, sign_example);
	CU_ADD_TEST(suite, body_whole);
	CU_ADD_TEST(suite, address_public_good);
	CU_ADD_TEST(suite, address_public_refused);
	CU_ADD_TEST(suite, delay_schedule);
	CU_ADD_TEST(suite, delay_retry_after);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	unlink(path);
	return failures > 0;
}
