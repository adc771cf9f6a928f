#include "lib/webhook.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_PREFIX		"whsec_"
#define SECRET_FILE_MAX		256
#define RETRY_AFTER_MAX_S	86400

static const unsigned delays_s[] = { 5, 300, 1800, 7200, 18000, 36000, 50400,
	72000, 86400 };

/* Networks that are not the public internet, or hide another address. */
struct network {
	unsigned char	prefix[4];
	unsigned	bits;
};

static const struct network networks_v4[] = {
	{ { 0, 0, 0, 0 }, 8 },		/* this network */
	{ { 10, 0, 0, 0 }, 8 },		/* private */
	{ { 100, 64, 0, 0 }, 10 },	/* shared, carriers' NAT */
	{ { 127, 0, 0, 0 }, 8 },	/* loopback */
	{ { 169, 254, 0, 0 }, 16 },	/* link-local */
	{ { 172, 16, 0, 0 }, 12 },	/* private */
	{ { 192, 0, 0, 0 }, 24 },	/* protocol assignments */
	{ { 192, 0, 2, 0 }, 24 },	/* documentation */
	{ { 192, 88, 99, 0 }, 24 },	/* 6to4 relays */
	{ { 192, 168, 0, 0 }, 16 },	/* private */
	{ { 198, 18, 0, 0 }, 15 },	/* benchmarks */
	{ { 198, 51, 100, 0 }, 24 },	/* documentation */
	{ { 203, 0, 113, 0 }, 24 },	/* documentation */
	{ { 224, 0, 0, 0 }, 3 },	/* multicast, reserved, broadcast */
};

/* Within 2000::/3, the only part given out to the public internet. */
static const struct network networks_v6[] = {
	{ { 0x20, 0x01, 0x00, 0x00 }, 23 }, /* assignments, Teredo, ORCHID */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation */
	{ { 0x20, 0x02, 0x00, 0x00 }, 16 }, /* 6to4 */
	{ { 0x3f, 0xff, 0x00, 0x00 }, 20 }, /* documentation */
};

static const struct network global_unicast_v6 = { { 0x20, 0, 0, 0 }, 3 };

static bool
network_holds(const struct network *network, const unsigned char *address)
{
	uint32_t prefix = 0, bits = 0;

	for (int i = 0; i < 4; i++) {
		prefix = prefix << 8 | network->prefix[i];
		bits = bits << 8 | address[i];
	}
	return ((prefix ^ bits) >> (32 - network->bits)) == 0;
}

static bool
networks_hold(const struct network *networks, size_t count,
    const unsigned char *address)
{
	for (size_t i = 0; i < count; i++) {
		if (network_holds(&networks[i], address))
			return true;
	}
	return false;
}

bool
webhook_address_public(const struct sockaddr *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	switch (address->sa_family) {
	case AF_INET:
		return !networks_hold(networks_v4,
		    sizeof(networks_v4) / sizeof(networks_v4[0]),
		    (const unsigned char *)&v4->sin_addr);
	case AF_INET6:
		return network_holds(&global_unicast_v6,
		    v6->sin6_addr.s6_addr)
		    && !networks_hold(networks_v6,
			sizeof(networks_v6) / sizeof(networks_v6[0]),
			v6->sin6_addr.s6_addr);
	default:
		return false;
	}
}

/* The file's bytes, ended by a NUL; its owner alone may read it. */
static bool
secret_load(char content[static SECRET_FILE_MAX + 1], const char *path,
    char *problem, size_t size)
{
	struct stat status;
	ssize_t length = -1;
	int file;

	if ((file = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		snprintf(problem, size, "webhook secret %s: %s", path,
		    strerror(errno));
		return false;
	}
	if (fstat(file, &status) == -1 || !S_ISREG(status.st_mode)
	    || (status.st_mode & 077) != 0)
		snprintf(problem, size, "webhook secret %s must be a plain "
		    "file that its owner alone can read (mode 0600)", path);
	else if ((length = read(file, content, SECRET_FILE_MAX)) == -1)
		snprintf(problem, size, "webhook secret %s: %s", path,
		    strerror(errno));
	else
		content[length] = '\0';
	close(file);
	return length != -1;
}

bool
webhook_secret_read(struct webhook_secret *secret, const char *path,
    char *problem, size_t size)
{
	const size_t prefix = strlen(SECRET_PREFIX);
	char content[SECRET_FILE_MAX + 1];
	bool fits = false;

	secret->length = 0;
	if (!secret_load(content, path, problem, size))
		goto out;
	content[strcspn(content, "\r\n")] = '\0';
	fits = strncmp(content, SECRET_PREFIX, prefix) == 0
	    && sodium_base642bin(secret->bytes, sizeof(secret->bytes),
		content + prefix, strlen(content + prefix), NULL,
		&secret->length, NULL, sodium_base64_VARIANT_ORIGINAL) == 0
	    && secret->length >= WEBHOOK_SECRET_MIN;
	if (!fits)
		snprintf(problem, size, "webhook secret %s: want one line of "
		    "whsec_ and base64 of %d to %d bytes", path,
		    WEBHOOK_SECRET_MIN, WEBHOOK_SECRET_MAX);
out:
	sodium_memzero(content, sizeof(content));
	if (!fits)
		sodium_memzero(secret, sizeof(*secret));
	return fits;
}

static void
add_member(struct text *body, const char *name, const char *value)
{
	text_addf(body, "\"%s\":", name);
	text_add_json(body, value);
}

void
webhook_body(struct text *body, const struct webhook_order *order)
{
	text_add(body, "{\"type\":\"supply.order\",");
	add_member(body, "timestamp", order->created_at);
	text_add(body, ",\"data\":{");
	add_member(body, "order", order->id);
	text_addf(body, ",\"test\":%s,", order->test ? "true" : "false");
	add_member(body, "reason", order->reason);
	text_add(body, ",");
	add_member(body, "registration", order->registration);
	text_add(body, ",\"device\":{");
	add_member(body, "id", order->device_id);
	text_add(body, ",");
	add_member(body, "makeAndModel", order->make_and_model);
	text_add(body, ",");
	add_member(body, "serialNumber", order->serial_number);
	text_addf(body, "},\"supply\":{\"index\":%" PRId64 ",", order->slot);
	add_member(body, "type", order->type);
	text_add(body, ",");
	add_member(body, "colorant", order->colorant);
	text_addf(body, ",\"percent\":%" PRId64 ",\"sku\":null}}}",
	    order->percent);
}

void
webhook_sign(struct text *header, const struct webhook_secret *secrets,
    size_t count, const char *id, int64_t timestamp, const struct text *body)
{
	crypto_auth_hmacsha256_state state;
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char head[WEBHOOK_ID_SIZE + 24];
	char base64[sodium_base64_ENCODED_LEN(sizeof(mac),
	    sodium_base64_VARIANT_ORIGINAL)];

	snprintf(head, sizeof(head), "%s.%" PRId64 ".", id, timestamp);
	for (size_t i = 0; i < count; i++) {
		crypto_auth_hmacsha256_init(&state, secrets[i].bytes,
		    secrets[i].length);
		crypto_auth_hmacsha256_update(&state,
		    (const unsigned char *)head, strlen(head));
		crypto_auth_hmacsha256_update(&state,
		    (const unsigned char *)body->bytes, body->length);
		crypto_auth_hmacsha256_final(&state, mac);
		sodium_bin2base64(base64, sizeof(base64), mac, sizeof(mac),
		    sodium_base64_VARIANT_ORIGINAL);
		text_addf(header, "%sv1,%s", i > 0 ? " " : "", base64);
	}
	sodium_memzero(&state, sizeof(state));
}

unsigned
webhook_delay_s(unsigned attempts, int64_t retry_after_s, uint32_t random)
{
	const unsigned count = sizeof(delays_s) / sizeof(delays_s[0]);
	unsigned delay;

	if (attempts > count)
		return 0;
	delay = delays_s[attempts > 0 ? attempts - 1 : 0];
	delay += random % (delay / 10 + 1);
	if (retry_after_s > RETRY_AFTER_MAX_S)
		retry_after_s = RETRY_AFTER_MAX_S;
	return retry_after_s > (int64_t)delay ? (unsigned)retry_after_s
					      : delay;
}
