/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Endpoints as URLs: what is understood, and the sentence that tells what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "endpoint.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void endpoints_are_taken_apart(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		bool is_listener;
		const struct tspdm_framing *framing;
		const char *host;
		uint16_t port;
	} rows[] = {
		{ "tcp://host", false, &tspdm_framing_dsp0287, "host", 4194 },
		{ "tcp://127.0.0.1:1", false, &tspdm_framing_dsp0287, "127.0.0.1", 1 },
		{ "TCP://host:65535/", false, &tspdm_framing_dsp0287, "host", 65535 },
		{ "tcp://[::1]", false, &tspdm_framing_dsp0287, "::1", 4194 },
		{ "tcp://[fe80::1%eth0]:99", false, &tspdm_framing_dsp0287, "fe80::1%eth0", 99 },
		{ "tcp://:0", true, &tspdm_framing_dsp0287, "", 0 },
		{ "tls://h", false, &tspdm_framing_dsp0287, "h", 4194 },
		{ "tls://[::1]:7", true, &tspdm_framing_dsp0287, "::1", 7 },
		{ "emu+mctp://h", false, &tspdm_framing_emu_mctp, "h", 2323 },
		{ "emu+doe://h:5", false, &tspdm_framing_emu_doe, "h", 5 },
		{ "emu+tcp://h", false, &tspdm_framing_emu_tcp, "h", 2323 },
		{ "emu+none://h", true, &tspdm_framing_emu_none, "h", 2323 },
		{ "emu://h", true, &tspdm_framing_emu_any, "h", 2323 },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct tspdm_address a;
		struct tspdm_endpoint_error why = { "" };

		if (tspdm_address_parse(rows[i].url, rows[i].is_listener, &a, &why) != TSPDM_OK)
			fail_msg("%s", why.text);
		assert_ptr_equal(a.framing, rows[i].framing);
		assert_string_equal(a.host, rows[i].host);
		assert_int_equal(a.port, rows[i].port);
		assert_false(a.is_unix);
		assert_false(a.is_vsock);
		assert_int_equal(a.is_tls, strncmp(rows[i].url, "tls", 3) == 0);
	}
}

static void a_context_identifier_is_a_number_or_a_name(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		bool is_listener;
		uint32_t cid, port;
	} rows[] = {
		{ "vsock://3:5000", false, 3, 5000 },
		{ "vsock://3", false, 3, 4194 },
		{ "VSOCK://host:4294967294/", false, 2, 4294967294U },
		{ "vsock://local:1", false, 1, 1 },
		{ "vsock://0:1", false, 0, 1 },
		{ "vsock://any:0", true, UINT32_MAX, 0 },
		{ "vsock://:7", true, UINT32_MAX, 7 },
		{ "vsock://4294967294:1", true, UINT32_MAX - 1, 1 },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct tspdm_address a;
		struct tspdm_endpoint_error why = { "" };

		if (tspdm_address_parse(rows[i].url, rows[i].is_listener, &a, &why) != TSPDM_OK)
			fail_msg("%s", why.text);
		assert_true(a.is_vsock);
		assert_int_equal(a.cid, rows[i].cid);
		assert_int_equal(a.port, rows[i].port);
		assert_ptr_equal(a.framing, &tspdm_framing_dsp0287);
	}
}

static void a_path_is_taken_as_it_is(void **state)
{
	(void)state;
	struct tspdm_address a;

	assert_int_equal(tspdm_address_parse("unix:/run/x:1/", false, &a, NULL), TSPDM_OK);
	assert_true(a.is_unix);
	assert_string_equal(a.path, "/run/x:1/");
	assert_ptr_equal(a.framing, &tspdm_framing_dsp0287);
}

static void what_is_wrong_is_said(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		bool is_listener;
		const char *text; /* how the sentence begins */
	} rows[] = {
		{ "tls://", false, "tls://: the host is missing" },
		{ "tls://h:0", false, "tls://h:0: port 0 cannot be connected to" },
		{ "vsock://", false, "vsock://: that is no context identifier; write vsock://CID:PORT" },
		{ "vsock://any:1", false, "vsock://any:1: that is no context identifier" },
		{ "vsock://4294967295:1", true, "vsock://4294967295:1: that is no context identifier" },
		{ "vsock://99999999999:1", false, "vsock://99999999999:1: that is no context identifier" },
		{ "vsock://-1:1", false, "vsock://-1:1: that is no context identifier" },
		{ "vsock://2x:1", false, "vsock://2x:1: that is no context identifier" },
		{ "vsock://2:", false, "vsock://2:: that is no port" },
		{ "vsock://2:0", false, "vsock://2:0: that is no port" },
		{ "vsock://2:4294967295", true, "vsock://2:4294967295: that is no port" },
		{ "vsock://2:1x", false, "vsock://2:1x: that is no port" },
		{ "vsock://2:1/x", false, "vsock://2:1/x: nothing may follow the port" },
		{ "vsock://2/x", false, "vsock://2/x: nothing may follow the port" },
		{ "unix:@", false, "unix:@: the name is missing" },
		{ "unix:@", true, "unix:@: the name is missing" },
		{ "https://h", false, "https:// is not in this release; write tcp://" },
		{ "grpc://h", false, "grpc:// is not in this release" },
		{ "mctp://0/8", false, "mctp:// is not in this release" },
		{ "doe://0000:01:00.0", false, "doe:// is not in this release" },
		{ "mem:", false, "mem: is not opened by its URL; tspdm_loopback_pair()" },
		{ "", false, ": no scheme; write" },
		{ "host", false, "host: no scheme; write" },
		{ "/path", false, "/path: no scheme; write" },
		{ "ftp://h", false, "ftp://h: the scheme is not known; write" },
		{ "tcp:h:1", false, "tcp:h:1: the scheme is not known; write" },
		{ "emu://h", false, "emu://h: only a listener finds the binding out; write emu+mctp://" },
		{ "tcp://", false, "tcp://: the host is missing" },
		{ "tcp://:1", false, "tcp://:1: the host is missing" },
		{ "tcp://[]:1", true, "tcp://[]:1: the bracket of the IPv6 address is not closed" },
		{ "tcp://[::1", false, "tcp://[::1: the bracket of the IPv6 address is not closed" },
		{ "tcp://[::1]1", false, "tcp://[::1]1: \"1\" is not expected there" },
		{ "tcp://::1:4194", false, "tcp://::1:4194: an IPv6 address stands in brackets: tcp://[::1]:4194" },
		{ "tcp://user@h", false, "tcp://user@h: only HOST or HOST:PORT may follow tcp://" },
		{ "tcp://h/x", false, "tcp://h/x: only HOST or HOST:PORT may follow tcp://" },
		{ "tcp://h?x", false, "tcp://h?x: only HOST" },
		{ "tcp://h:", false, "tcp://h:: \"\" is no port" },
		{ "tcp://h:x", false, "tcp://h:x: \"x\" is no port" },
		{ "tcp://h:1x", false, "tcp://h:1x: \"1x\" is no port" },
		{ "tcp://h:-1", false, "tcp://h:-1: \"-1\" is no port" },
		{ "tcp://h:+1", false, "tcp://h:+1: \"+1\" is no port" },
		{ "tcp://h: 1", false, "tcp://h: 1: \" 1\" is no port" },
		{ "tcp://h:65536", false, "tcp://h:65536: \"65536\" is no port; write a number from 1 to 65535" },
		{ "tcp://h:4294967297", false, "tcp://h:4294967297: \"4294967297\" is no port" },
		{ "tcp://h:0", false, "tcp://h:0: port 0 cannot be connected to" },
		{ "unix:", false, "unix: the path is missing" },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct tspdm_address a;
		struct tspdm_endpoint_error why = { "" };

		assert_int_equal(tspdm_address_parse(rows[i].url, rows[i].is_listener, &a, &why), TSPDM_ERR_ENDPOINT);
		if (strncmp(why.text, rows[i].text, strlen(rows[i].text)) != 0)
			fail_msg("%s", why.text);
		assert_int_equal(tspdm_address_parse(rows[i].url, rows[i].is_listener, &a, NULL), TSPDM_ERR_ENDPOINT);
	}
}

static void names_without_end_are_refused(void **state)
{
	(void)state;
	static const char *const prefixes[] = { "tcp://", "unix:", "emu+doe://[" };
	static const size_t lens[] = { 108, 256, 320, 4000 };
	char url[4096];

	for (size_t i = 0; i < LEN(prefixes); i++) {
		for (size_t k = 0; k < LEN(lens); k++) {
			struct tspdm_address a;
			struct tspdm_endpoint_error why = { "" };
			size_t len = strlen(prefixes[i]);
			bool fits = i == 0 && lens[k] < TSPDM_HOST_CAP;

			memcpy(url, prefixes[i], len);
			memset(url + len, 'a', lens[k]);
			url[len + lens[k]] = '\0';
			assert_int_equal(
				tspdm_address_parse(url, false, &a, &why), fits ? TSPDM_OK : TSPDM_ERR_ENDPOINT);
			assert_int_equal(why.text[0] == '\0', fits);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endpoints_are_taken_apart),
		cmocka_unit_test(a_context_identifier_is_a_number_or_a_name),
		cmocka_unit_test(a_path_is_taken_as_it_is),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(names_without_end_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
