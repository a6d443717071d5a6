/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The recorded traffic of another implementation, through the public decoders: each message in the clear of this release's
 * scope is read to its last byte, and each signature and digest that has its material verifies. The counts are held against
 * those of an independent decoder (captures-expected.json beside the captures). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <jansson.h>

#include <tspdm/observer.h>
#include <tspdm/openssl.h>

#include "capture.h"

/* What was seen in one capture. */
struct tally {
	struct tspdm_observer *observer;
	const char *name;
	unsigned messages[256];
	unsigned bad, undecoded, unsupported, trailing;
	unsigned challenge_ok, challenge_other, measurements_ok, measurements_other, digest_ok;
};

static struct tspdm_crypto *crypto;
static json_t *expected;

static void see(void *context, bool is_request, struct tspdm_view message)
{
	struct tally *t = context;
	struct tspdm_seen seen;

	tspdm_observer_see(t->observer, is_request, message, &seen);
	t->messages[seen.header.code]++;
	t->bad += seen.signature == TSPDM_SEEN_BAD || seen.digest == TSPDM_SEEN_BAD;
	if (seen.status == TSPDM_ERR_UNSUPPORTED) {
		t->unsupported++;
		return;
	}
	if (seen.status != TSPDM_OK) {
		t->undecoded++;
		printf("# %s: %s: %s\n", t->name, tspdm_code_name(seen.header.code), tspdm_status_text(seen.status));
		return;
	}
	/* the recorded responder puts six zeros behind KEY_PAIR_INFO of 1.4 */
	for (size_t i = seen.used; i < message.len; i++)
		t->trailing +=
			message.ptr[i] != 0 || (message.len - seen.used > 3 && seen.header.code != TSPDM_KEY_PAIR_INFO);
	t->digest_ok += seen.digest == TSPDM_SEEN_OK;
	if (seen.header.code == TSPDM_CHALLENGE_AUTH)
		*(seen.signature == TSPDM_SEEN_OK ? &t->challenge_ok : &t->challenge_other) += 1;
	if (seen.header.code == TSPDM_MEASUREMENTS && seen.signature != TSPDM_SEEN_NOTHING)
		*(seen.signature == TSPDM_SEEN_OK ? &t->measurements_ok : &t->measurements_other) += 1;
}

static unsigned expected_check(json_t *capture, const char *name, const char *what)
{
	json_t *value = json_object_get(json_object_get(json_object_get(capture, "checks"), name), what);

	return (unsigned)json_integer_value(value);
}

static unsigned expected_messages(json_t *capture, uint8_t code)
{
	return (unsigned)json_integer_value(
		json_object_get(json_object_get(capture, "messages"), tspdm_code_name(code)));
}

/* Messages that no session can carry are all in the clear, so their counts must be those of the other decoder. */
static void compare(const struct tally *t, json_t *capture)
{
	static const uint8_t in_the_clear_only[] = { TSPDM_GET_VERSION, TSPDM_VERSION, TSPDM_GET_CAPABILITIES,
		TSPDM_CAPABILITIES, TSPDM_NEGOTIATE_ALGORITHMS, TSPDM_ALGORITHMS, TSPDM_CHALLENGE,
		TSPDM_CHALLENGE_AUTH };
	bool has_chunks = t->messages[TSPDM_CHUNK_GET] + t->messages[TSPDM_CHUNK_SEND] != 0;

	for (size_t i = 0; i < sizeof in_the_clear_only; i++)
		if (t->messages[in_the_clear_only[i]] != expected_messages(capture, in_the_clear_only[i]) &&
			!has_chunks)
			fail_msg("%s: %u %s", t->name, t->messages[in_the_clear_only[i]],
				tspdm_code_name(in_the_clear_only[i]));
	if (json_array_size(json_object_get(capture, "sessions")) == 0 && !has_chunks) {
		assert_int_equal(t->measurements_ok, expected_check(capture, "measurements_signature", "ok"));
		assert_int_equal(t->messages[TSPDM_MEASUREMENTS], expected_messages(capture, TSPDM_MEASUREMENTS));
		assert_int_equal(t->messages[TSPDM_CERTIFICATE], expected_messages(capture, TSPDM_CERTIFICATE));
	}
	if (!has_chunks && t->challenge_ok != expected_check(capture, "challenge_auth_signature", "ok"))
		fail_msg("%s: %u CHALLENGE_AUTH signatures verified, %u expected", t->name, t->challenge_ok,
			expected_check(capture, "challenge_auth_signature", "ok"));
}

static unsigned walk_one(const char *name, struct tally *t)
{
	void *memory = malloc(tspdm_observer_size());
	char path[512];
	unsigned count;

	*t = (struct tally){ .name = name };
	assert_non_null(memory);
	assert_int_equal(tspdm_observer_init(memory, tspdm_observer_size(), crypto, &t->observer), TSPDM_OK);
	snprintf(path, sizeof path, "%s/vectors/captures/%s.pcap", TSPDM_SHARED_DIR, name);
	count = capture_walk(path, see, t);
	tspdm_observer_wipe(t->observer);
	free(memory);
	return count;
}

static void every_capture_is_read_to_its_last_byte_and_nothing_is_bad(void **state)
{
	const char *name;
	json_t *capture;
	unsigned captures = 0, challenges = 0, measurements = 0;

	(void)state;
	if (expected == NULL) {
		print_message("# SKIP no recorded traffic in %s\n", TSPDM_SHARED_DIR);
		skip();
	}
	json_object_foreach(expected, name, capture)
	{
		struct tally t;
		unsigned count = walk_one(name, &t);

		printf("# %-36s %3u messages, %2u of later releases, CHALLENGE_AUTH %u ok %u without material, "
		       "MEASUREMENTS %u ok %u without material\n",
			name, count, t.unsupported, t.challenge_ok, t.challenge_other, t.measurements_ok,
			t.measurements_other);
		assert_true(count > 0);
		assert_int_equal(t.bad, 0);
		assert_int_equal(t.undecoded, 0);
		assert_int_equal(t.trailing, 0);
		compare(&t, capture);
		captures++;
		challenges += t.challenge_ok;
		measurements += t.measurements_ok;
	}
	printf("# %u captures, %u CHALLENGE_AUTH and %u MEASUREMENTS signatures verified\n", captures, challenges,
		measurements);
	assert_true(captures >= 40 && challenges >= 20 && measurements >= 10);
}

/* The observer itself must be able to say no. */
struct spoil {
	struct tspdm_observer *observer;
	uint8_t code;
	unsigned bad, ok;
};

static void see_spoiled(void *context, bool is_request, struct tspdm_view message)
{
	struct spoil *s = context;
	struct tspdm_seen seen;
	uint8_t *copy = malloc(message.len);

	assert_non_null(copy);
	memcpy(copy, message.ptr, message.len);
	if (message.ptr[1] == s->code)
		copy[message.len - 1] ^= 1;
	tspdm_observer_see(s->observer, is_request, (struct tspdm_view){ copy, message.len }, &seen);
	s->bad += seen.signature == TSPDM_SEEN_BAD;
	s->ok += seen.signature == TSPDM_SEEN_OK;
	free(copy);
}

static void a_flipped_bit_makes_a_recorded_signature_bad(void **state)
{
	static const uint8_t codes[] = { TSPDM_CHALLENGE_AUTH, TSPDM_MEASUREMENTS };

	(void)state;
	if (expected == NULL)
		skip();
	for (size_t i = 0; i < sizeof codes; i++) {
		void *memory = malloc(tspdm_observer_size());
		struct spoil s = { .code = codes[i] };

		assert_int_equal(tspdm_observer_init(memory, tspdm_observer_size(), crypto, &s.observer), TSPDM_OK);
		capture_walk(TSPDM_SHARED_DIR "/vectors/captures/conn-attest.pcap", see_spoiled, &s);
		assert_int_equal(s.bad, 1);
		assert_int_equal(s.ok, 1);
		tspdm_observer_wipe(s.observer);
		free(memory);
	}
}

static int open_all(void **state)
{
	(void)state;
	expected = json_load_file(TSPDM_SHARED_DIR "/tools/captures-expected.json", 0, NULL);
	return tspdm_openssl_new(&crypto) == TSPDM_OK ? 0 : -1;
}

static int close_all(void **state)
{
	(void)state;
	json_decref(expected);
	tspdm_openssl_free(crypto);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_capture_is_read_to_its_last_byte_and_nothing_is_bad),
		cmocka_unit_test(a_flipped_bit_makes_a_recorded_signature_bad),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
