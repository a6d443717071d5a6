/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Endpoints as URLs: the table of schemes, and host and port. What is wrong is said in a sentence that names the URL.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "endpoint.h"

enum {
	PORT_DSP0287 = 4194, /* IANA */
	PORT_EMULATOR = 2323,
	PORT_MAX = 65535,
	PORT_DIGITS = 5,
};

static const struct scheme {
	const char *prefix;
	const struct tspdm_framing *framing;
	uint16_t port;
	bool is_unix, is_tls, is_vsock, is_listener_only;
} schemes[] = {
	{ .prefix = "tcp://", .framing = &tspdm_framing_dsp0287, .port = PORT_DSP0287 },
	{ .prefix = "tls://", .framing = &tspdm_framing_dsp0287, .port = PORT_DSP0287, .is_tls = true },
	{ .prefix = "vsock://", .framing = &tspdm_framing_dsp0287, .port = PORT_DSP0287, .is_vsock = true },
	{ .prefix = "unix:", .framing = &tspdm_framing_dsp0287, .is_unix = true },
	{ .prefix = "emu+mctp://", .framing = &tspdm_framing_emu_mctp, .port = PORT_EMULATOR },
	{ .prefix = "emu+doe://", .framing = &tspdm_framing_emu_doe, .port = PORT_EMULATOR },
	{ .prefix = "emu+tcp://", .framing = &tspdm_framing_emu_tcp, .port = PORT_EMULATOR },
	{ .prefix = "emu+none://", .framing = &tspdm_framing_emu_none, .port = PORT_EMULATOR },
	{ .prefix = "emu://", .framing = &tspdm_framing_emu_any, .port = PORT_EMULATOR, .is_listener_only = true },
};

/* Schemes of tspdm that later releases bring. */
static const char *const later[] = { "https", "grpc", "mctp", "doe" };

#define EXPECTED                                                                                                       \
	"write tcp://HOST:PORT, tls://HOST:PORT, vsock://CID:PORT, unix:PATH or emu+mctp|doe|tcp|none://HOST:PORT"

void tspdm_explain(struct tspdm_endpoint_error *why, const char *format, ...)
{
	va_list args;

	if (why == NULL)
		return;
	va_start(args, format);
	(void)vsnprintf(why->text, sizeof why->text, format, args);
	va_end(args);
}

__attribute__((format(printf, 2, 3))) static enum tspdm_status bad(
	struct tspdm_endpoint_error *why, const char *format, ...)
{
	va_list args;

	if (why != NULL) {
		va_start(args, format);
		(void)vsnprintf(why->text, sizeof why->text, format, args);
		va_end(args);
	}
	return TSPDM_ERR_ENDPOINT;
}

static const struct scheme *find_scheme(const char *url)
{
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
		if (strncasecmp(url, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
			return &schemes[i];
	return NULL;
}

static enum tspdm_status refuse_scheme(const char *url, struct tspdm_endpoint_error *why)
{
	size_t len = strcspn(url, ":/");

	if (url[len] != ':' || len == 0)
		return bad(why, "%.80s: no scheme; " EXPECTED, url);
	if (len == 3 && strncasecmp(url, "mem", len) == 0)
		return bad(why, "mem: is not opened by its URL; tspdm_loopback_pair() makes both ends");
	for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
		if (strlen(later[i]) == len && strncasecmp(url, later[i], len) == 0)
			return bad(why, "%s:// is not in this release; " EXPECTED, later[i]);
	return bad(why, "%.80s: the scheme is not known; " EXPECTED, url);
}

/* Decimal, nothing else around it. 0 asks a listener's system for a free port. */
static enum tspdm_status parse_port(
	const char *url, const char *text, bool is_listener, uint32_t *port, struct tspdm_endpoint_error *why)
{
	size_t digits = strspn(text, "0123456789");
	uint32_t value = 0;

	for (size_t i = 0; i < digits && digits <= PORT_DIGITS; i++)
		value = value * 10 + (uint32_t)(text[i] - '0');
	if (digits == 0 || digits > PORT_DIGITS || text[digits] != '\0' || value > PORT_MAX)
		return bad(why, "%.80s: \"%.40s\" is no port; write a number from 1 to 65535", url, text);
	if (value == 0 && !is_listener)
		return bad(why, "%.80s: port 0 cannot be connected to; name the port the attester listens on", url);
	*port = value;
	return TSPDM_OK;
}

static enum tspdm_status take_host(
	const char *url, const char *host, size_t len, struct tspdm_address *out, struct tspdm_endpoint_error *why)
{
	if (len >= sizeof out->host)
		return bad(why, "%.80s...: the host name is too long", url);
	if (strcspn(host, "@?#/ []") < len)
		return bad(why, "%.80s: only HOST or HOST:PORT may follow %s", url, out->scheme);
	memcpy(out->host, host, len);
	out->host[len] = '\0';
	return TSPDM_OK;
}

/* What stands behind "scheme://", its end cut at one closing slash: HOST, HOST:PORT, [IPv6], [IPv6]:PORT. */
static enum tspdm_status parse_authority(
	const char *url, char *rest, bool is_listener, struct tspdm_address *out, struct tspdm_endpoint_error *why)
{
	const char *host = rest;
	size_t len = strcspn(rest, ":");

	if (rest[0] == '[') {
		host = rest + 1;
		len = strcspn(host, "]");
		if (host[len] != ']' || len == 0)
			return bad(why, "%.80s: the bracket of the IPv6 address is not closed", url);
		rest = rest + 1 + len + 1;
	} else {
		rest += len;
		if (strchr(rest, ':') != strrchr(rest, ':'))
			return bad(why, "%.80s: an IPv6 address stands in brackets: %s[::1]:4194", url, out->scheme);
	}
	if (len == 0 && !is_listener)
		return bad(why, "%.80s: the host is missing; " EXPECTED, url);
	TSPDM_TRY(take_host(url, host, len, out, why));
	if (rest[0] == ':')
		return parse_port(url, rest + 1, is_listener, &out->port, why);
	return rest[0] == '\0' ? TSPDM_OK : bad(why, "%.80s: \"%.40s\" is not expected there", url, rest);
}

static enum tspdm_status parse_host_port(const char *url, const char *rest, bool is_listener, struct tspdm_address *out,
	struct tspdm_endpoint_error *why)
{
	char copy[TSPDM_URL_CAP];
	size_t len = strlen(rest);

	if (len >= sizeof copy)
		return bad(why, "%.80s...: the URL is too long", url);
	memcpy(copy, rest, len + 1);
	if (len != 0 && copy[len - 1] == '/')
		copy[len - 1] = '\0';
	return parse_authority(url, copy, is_listener, out, why);
}

static enum tspdm_status parse_path(const char *path, struct tspdm_address *out, struct tspdm_endpoint_error *why)
{
	size_t len = strlen(path);

	if (strcmp(path, "@") == 0)
		return bad(why, "unix:@: the name is missing; write unix:@NAME");
	if (len == 0)
		return bad(why, "unix: the path is missing; write unix:PATH");
	if (len >= sizeof out->path)
		return bad(
			why, "unix:%.80s...: the path of a socket has at most %zu bytes", path, sizeof out->path - 1);
	memcpy(out->path, path, len + 1);
	return TSPDM_OK;
}

enum tspdm_status tspdm_address_parse(
	const char *url, bool is_listener, struct tspdm_address *out, struct tspdm_endpoint_error *why)
{
	const struct scheme *scheme = find_scheme(url);

	if (scheme == NULL)
		return refuse_scheme(url, why);
	if (scheme->is_listener_only && !is_listener)
		return bad(why,
			"%.80s: only a listener finds the binding out; write emu+mctp://, emu+doe://, "
			"emu+tcp:// or emu+none:// to connect",
			url);
	*out = (struct tspdm_address){
		.scheme = scheme->prefix,
		.framing = scheme->framing,
		.is_unix = scheme->is_unix,
		.is_tls = scheme->is_tls,
		.is_vsock = scheme->is_vsock,
		.port = scheme->port,
	};
	if (scheme->is_vsock)
		return tspdm_vsock_parse(url, url + strlen(scheme->prefix), is_listener, out, why);
	if (scheme->is_unix)
		return parse_path(url + strlen(scheme->prefix), out, why);
	return parse_host_port(url, url + strlen(scheme->prefix), is_listener, out, why);
}

enum tspdm_status tspdm_endpoint_check(const char *url, struct tspdm_endpoint_error *why)
{
	struct tspdm_address address;

	return url != NULL ? tspdm_address_parse(url, false, &address, why) : TSPDM_ERR_ARGUMENT;
}
