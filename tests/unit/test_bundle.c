/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Bundles as files: written one way only, and read no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/bundle.h>

#include <tspdm/openssl.h>

enum { ROOM = 8192 };

static struct tspdm_crypto *crypto;
static struct tspdm_bundle full, read_back; /* large */
static uint8_t file[ROOM], changed[ROOM], messages[256];

static struct tspdm_view bytes_of(const char *text)
{
	return (struct tspdm_view){ (const uint8_t *)text, strlen(text) };
}

/* Every field that there is. */
static struct tspdm_bundle *make_full(void)
{
	static const uint8_t exporter[TSPDM_EVIDENCE_EXPORTER_LEN] = { 1, 2, 3 };
	const struct tspdm_bundle_message rows[] = {
		{ true, 0, bytes_of("request") },
		{ false, 0, bytes_of("response") },
		{ true, 0x12345678, bytes_of("in the session") },
	};
	struct tspdm_buffer out = { messages, sizeof messages, 0 };

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(tspdm_bundle_write_message(&out, &rows[i]), TSPDM_OK);
	full = (struct tspdm_bundle){
		.size = sizeof full,
		.time = 1767225600,
		.age_s = 3,
		.session = 0x12345678,
		.endpoint = bytes_of("tcp://host:4194"),
		.verifier = bytes_of("test 1"),
		.policy = bytes_of("tspdm:policy:genuine"),
		.messages = tspdm_buffer_view(&out),
		.message_count = 3,
		.exporter = { exporter, sizeof exporter },
		.channel = bytes_of("channel"),
		.requester_key = bytes_of("key"),
		.requester_certificates = bytes_of("certificates"),
		.evidence = bytes_of("evidence"),
		.certificate_count = 2,
		.certificates = { bytes_of("one"), bytes_of("two") },
		.collateral = { .tcb_info = bytes_of("{}"),
			.pck_crl = bytes_of("crl"),
			.root_ca_crl = bytes_of("root") },
		.event_log = bytes_of("log"),
		.device_count = 2,
		.devices = { { bytes_of("a"), bytes_of("b"), bytes_of("c"), bytes_of("d") },
			{ .request = bytes_of("a"), .response = bytes_of("b"), .certificates = bytes_of("d") } },
	};
	return &full;
}

static struct tspdm_view written(const struct tspdm_bundle *b)
{
	struct tspdm_buffer out = { file, sizeof file, 0 };

	assert_int_equal(tspdm_bundle_write(crypto, b, &out), TSPDM_OK);
	return tspdm_buffer_view(&out);
}

static enum tspdm_status read_from(struct tspdm_view bytes)
{
	char why[128] = "";
	enum tspdm_status status = tspdm_bundle_read(crypto, bytes, &read_back, why, sizeof why);

	assert_int_equal(status == TSPDM_OK, why[0] == '\0');
	return status;
}

static void assert_view(struct tspdm_view a, struct tspdm_view b)
{
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.ptr, b.ptr, a.len);
}

static void what_is_written_is_read(void **state)
{
	const struct tspdm_bundle *b = make_full();
	struct tspdm_bundle_message m;

	(void)state;
	assert_int_equal(read_from(written(b)), TSPDM_OK);
	assert_int_equal(read_back.time, b->time);
	assert_int_equal(read_back.age_s, 3);
	assert_int_equal(read_back.session, 0x12345678);
	assert_view(read_back.endpoint, b->endpoint);
	assert_view(read_back.policy, b->policy);
	assert_view(read_back.exporter, b->exporter);
	assert_view(read_back.requester_key, b->requester_key);
	assert_view(read_back.collateral.pck_crl, b->collateral.pck_crl);
	assert_view(read_back.certificates[1], b->certificates[1]);
	assert_int_equal(read_back.device_count, 2);
	assert_int_equal(read_back.devices[1].vca.len, 0);
	assert_view(read_back.devices[0].vca, b->devices[0].vca);
	assert_int_equal(read_back.message_count, 3);
	assert_int_equal(tspdm_bundle_next_message(&read_back.messages, &m), TSPDM_OK);
	assert_true(m.is_request && m.session == 0);
	assert_int_equal(tspdm_bundle_next_message(&read_back.messages, &m), TSPDM_OK);
	assert_int_equal(tspdm_bundle_next_message(&read_back.messages, &m), TSPDM_OK);
	assert_int_equal(m.session, 0x12345678);
	assert_int_equal(tspdm_bundle_next_message(&read_back.messages, &m), TSPDM_ERR_TRUNCATED);
}

static void what_is_read_is_written_the_same(void **state)
{
	static uint8_t again[ROOM];
	struct tspdm_buffer out = { again, sizeof again, 0 };
	struct tspdm_view first = written(make_full());

	(void)state;
	assert_int_equal(read_from(first), TSPDM_OK);
	assert_int_equal(tspdm_bundle_write(crypto, &read_back, &out), TSPDM_OK);
	assert_view(tspdm_buffer_view(&out), first);
}

static void a_small_room_tells_the_size_needed(void **state)
{
	struct tspdm_view whole = written(make_full());
	struct tspdm_buffer out = { changed, whole.len - 1, 0 };

	(void)state;
	assert_int_equal(tspdm_bundle_write(crypto, &full, &out), TSPDM_ERR_BUFFER);
	assert_int_equal(out.len, whole.len);
	out = (struct tspdm_buffer){ NULL, 0, 0 };
	assert_int_equal(tspdm_bundle_write(crypto, &full, &out), TSPDM_ERR_BUFFER);
	assert_int_equal(out.len, whole.len);
}

static void every_cut_and_every_flipped_bit_is_noticed(void **state)
{
	struct tspdm_view whole = written(make_full());

	(void)state;
	memcpy(changed, whole.ptr, whole.len);
	for (size_t len = 0; len < whole.len; len++)
		assert_int_not_equal(read_from((struct tspdm_view){ changed, len }), TSPDM_OK);
	for (size_t i = 0; i < 8 * whole.len; i++) {
		changed[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_int_not_equal(read_from((struct tspdm_view){ changed, whole.len }), TSPDM_OK);
		changed[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	assert_int_equal(read_from((struct tspdm_view){ changed, whole.len }), TSPDM_OK);
	changed[whole.len] = 0;
	assert_int_equal(read_from((struct tspdm_view){ changed, whole.len + 1 }), TSPDM_ERR_EVIDENCE_FORM);
}

/* ---- Content whose digest is right ---- */

/* A file around content that a test writes by hand, in hex. */
static struct tspdm_view around(const char *hex)
{
	static const char label[] = "\x83\x6etspdm.bundle/1";
	struct tspdm_hash *hash;
	uint8_t content[512], digest[TSPDM_HASH_MAX];
	size_t len = strlen(hex) / 2, at = sizeof label - 1;

	for (size_t i = 0; i < len; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		content[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	assert_int_equal(crypto->ops->hash_new(crypto, TSPDM_HASH_SHA384, &hash), TSPDM_OK);
	assert_int_equal(crypto->ops->hash_update(crypto, hash, (struct tspdm_view){ content, len }), TSPDM_OK);
	assert_int_equal(crypto->ops->hash_final(crypto, hash, digest), TSPDM_OK);
	crypto->ops->hash_free(crypto, hash);
	memcpy(changed, label, at);
	changed[at++] = 0x59;
	changed[at++] = (uint8_t)(len >> 8);
	changed[at++] = (uint8_t)len;
	if (len < 256) { /* in the shortest form */
		at -= 3;
		changed[at++] = 0x58;
		changed[at++] = (uint8_t)len;
	}
	if (len < 24) {
		at -= 2;
		changed[at++] = (uint8_t)(0x40 + len);
	}
	memcpy(changed + at, content, len);
	at += len;
	changed[at++] = 0x58;
	changed[at++] = 48;
	memcpy(changed + at, digest, 48);
	return (struct tspdm_view){ changed, at + 48 };
}

#define TIME "011a6955b900"
#define ENDPOINT                                                                                                       \
	"0261"                                                                                                         \
	"65"
#define VERIFIER                                                                                                       \
	"0361"                                                                                                         \
	"76"
#define MESSAGES                                                                                                       \
	"0681"                                                                                                         \
	"830000"                                                                                                       \
	"4100"
#define EVIDENCE                                                                                                       \
	"0841"                                                                                                         \
	"00"
#define EXPORTER                                                                                                       \
	"025820"                                                                                                       \
	"0000000000000000000000000000000000000000000000000000000000000000"

static const struct {
	const char *name, *hex;
	bool is_good;
} contents[] = {
	{ "the least", "a4" TIME ENDPOINT VERIFIER EVIDENCE, true },
	{ "one message", "a4" TIME ENDPOINT VERIFIER MESSAGES, true },
	{ "a session", "a5" TIME ENDPOINT VERIFIER MESSAGES "07a20101" EXPORTER, true },
	{ "nothing", "", false },
	{ "no map", "80", false },
	{ "an empty map", "a0", false },
	{ "nothing to appraise", "a3" TIME ENDPOINT VERIFIER, false },
	{ "no time", "a3" ENDPOINT VERIFIER EVIDENCE, false },
	{ "no endpoint", "a3" TIME VERIFIER EVIDENCE, false },
	{ "no verifier", "a3" TIME ENDPOINT EVIDENCE, false },
	{ "time zero",
		"a4"
		"0100" ENDPOINT VERIFIER EVIDENCE,
		false },
	{ "a time beyond all",
		"a4"
		"011bffffffffffffffff" ENDPOINT VERIFIER EVIDENCE,
		false },
	{ "a negative time",
		"a4"
		"013a6955b900" ENDPOINT VERIFIER EVIDENCE,
		false },
	{ "a floating time",
		"a4"
		"01f90000" ENDPOINT VERIFIER EVIDENCE,
		false },
	{ "time in a longer form",
		"a4"
		"011b000000006955b900" ENDPOINT VERIFIER EVIDENCE,
		false },
	{ "a key in a longer form",
		"a4"
		"1801"
		"1a6955b900" ENDPOINT VERIFIER EVIDENCE,
		false },
	{ "a length in a longer form",
		"a4" TIME "027801"
		"65" VERIFIER EVIDENCE,
		false },
	{ "a count in a longer form", "b804" TIME ENDPOINT VERIFIER EVIDENCE, false },
	{ "an indefinite map", "bf" TIME ENDPOINT VERIFIER EVIDENCE "ff", false },
	{ "an indefinite string", "a4" TIME ENDPOINT VERIFIER "085f4100ff", false },
	{ "time twice", "a5" TIME TIME ENDPOINT VERIFIER EVIDENCE, false },
	{ "evidence twice", "a5" TIME ENDPOINT VERIFIER EVIDENCE EVIDENCE, false },
	{ "keys out of order", "a4" ENDPOINT TIME VERIFIER EVIDENCE, false },
	{ "an unknown key", "a5" TIME ENDPOINT VERIFIER EVIDENCE "0d00", false },
	{ "key zero",
		"a5"
		"0000" TIME ENDPOINT VERIFIER EVIDENCE,
		false },
	{ "a text as key", "a5" TIME ENDPOINT VERIFIER EVIDENCE "614100", false },
	{ "fewer members than told", "a5" TIME ENDPOINT VERIFIER EVIDENCE, false },
	{ "more members than told", "a3" TIME ENDPOINT VERIFIER EVIDENCE, false },
	{ "a tag", "a4" TIME ENDPOINT VERIFIER "08c04100", false },
	{ "an endpoint of bytes", "a4" TIME "024165" VERIFIER EVIDENCE, false },
	{ "an empty endpoint", "a4" TIME "0260" VERIFIER EVIDENCE, false },
	{ "an endpoint that steers a terminal", "a4" TIME "02611b" VERIFIER EVIDENCE, false },
	{ "empty evidence", "a4" TIME ENDPOINT VERIFIER "0840", false },
	{ "age zero", "a5" TIME ENDPOINT VERIFIER "0500" EVIDENCE, false },
	{ "an age beyond all", "a5" TIME ENDPOINT VERIFIER "051b0000000100000000" EVIDENCE, false },
	{ "no messages in the list", "a4" TIME ENDPOINT VERIFIER "0680", false },
	{ "more messages than bytes", "a4" TIME ENDPOINT VERIFIER "069affffffff", false },
	{ "a message of two parts",
		"a4" TIME ENDPOINT VERIFIER "0681"
		"8200"
		"4100",
		false },
	{ "an empty message",
		"a4" TIME ENDPOINT VERIFIER "0681"
		"830000"
		"40",
		false },
	{ "a third direction",
		"a4" TIME ENDPOINT VERIFIER "0681"
		"830200"
		"4100",
		false },
	{ "a session number too large",
		"a4" TIME ENDPOINT VERIFIER "0681"
		"83001b0000000100000000"
		"4100",
		false },
	{ "an empty session", "a5" TIME ENDPOINT VERIFIER MESSAGES "07a0", false },
	{ "a session without exporter", "a5" TIME ENDPOINT VERIFIER MESSAGES "07a10101", false },
	{ "a session without number", "a5" TIME ENDPOINT VERIFIER MESSAGES "07a1" EXPORTER, false },
	{ "session zero", "a5" TIME ENDPOINT VERIFIER MESSAGES "07a20100" EXPORTER, false },
	{ "a short exporter",
		"a5" TIME ENDPOINT VERIFIER MESSAGES "07a20101"
		"024100",
		false },
	{ "a session without messages", "a5" TIME ENDPOINT VERIFIER "07a20101" EXPORTER EVIDENCE, false },
	{ "a device without chain",
		"a4" TIME ENDPOINT VERIFIER "0c81a3"
		"014100"
		"024100"
		"034100",
		false },
	{ "a device with a fifth part",
		"a4" TIME ENDPOINT VERIFIER "0c81a4"
		"014100"
		"024100"
		"044100"
		"054100",
		false },
	{ "nine devices",
		"a4" TIME ENDPOINT VERIFIER "0c89"
		"a3014100024100044100"
		"a3014100024100044100"
		"a3014100024100044100"
		"a3014100024100044100"
		"a3014100024100044100"
		"a3014100024100044100"
		"a3014100024100044100"
		"a3014100024100044100"
		"a3014100024100044100",
		false },
	{ "collateral of an eighth kind",
		"a5" TIME ENDPOINT VERIFIER EVIDENCE "0aa1"
		"084100",
		false },
	{ "something behind the end", "a4" TIME ENDPOINT VERIFIER EVIDENCE "00", false },
};

static void content_is_read_in_one_form_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
		enum tspdm_status status = read_from(around(contents[i].hex));

		if (status != (contents[i].is_good ? TSPDM_OK : TSPDM_ERR_EVIDENCE_FORM))
			fail_msg("%s: %s", contents[i].name, tspdm_status_name(status));
		if (!contents[i].is_good) {
			assert_int_equal(read_back.message_count, 0);
			assert_int_equal(read_back.evidence.len, 0);
		}
	}
}

static void another_label_is_no_bundle(void **state)
{
	struct tspdm_view whole = around(contents[0].hex);

	(void)state;
	assert_true(tspdm_bundle_is(whole));
	changed[whole.len - 1] ^= 1;
	assert_true(tspdm_bundle_is(whole)); /* what it claims to be */
	changed[2] ^= 1;
	assert_false(tspdm_bundle_is(whole));
	assert_false(tspdm_bundle_is((struct tspdm_view){ changed, 0 }));
	assert_false(tspdm_bundle_is((struct tspdm_view){ NULL, 0 }));
}

/* ---- What the writer refuses ---- */

static void fields_that_would_not_be_read_are_not_written(void **state)
{
	static char long_text[TSPDM_BUNDLE_TEXT_MAX + 2];
	struct tspdm_buffer out = { changed, sizeof changed, 0 };
	struct tspdm_bundle *b;

	(void)state;
	memset(long_text, 'x', sizeof long_text - 1);
#define REFUSED(change)                                                                                                \
	do {                                                                                                           \
		b = make_full();                                                                                       \
		change;                                                                                                \
		out.len = 0;                                                                                           \
		assert_int_equal(tspdm_bundle_write(crypto, b, &out), TSPDM_ERR_ARGUMENT);                             \
	} while (0)
	REFUSED(b->size = 0);
	REFUSED(b->time = 0);
	REFUSED(b->time = -1);
	REFUSED(b->endpoint = bytes_of(""));
	REFUSED(b->endpoint = bytes_of("\n"));
	REFUSED(b->endpoint = bytes_of(long_text));
	REFUSED(b->verifier = bytes_of(""));
	REFUSED(b->policy = bytes_of("\x80"));
	REFUSED(b->message_count = 0);
	REFUSED(b->message_count = TSPDM_BUNDLE_MESSAGES_MAX + 1);
	REFUSED(b->exporter.len = 31);
	REFUSED(b->session = 0);
	REFUSED(b->certificate_count = TSPDM_BUNDLE_CERTIFICATES_MAX + 1);
	REFUSED(b->device_count = TSPDM_DEVICES_MAX + 1);
	REFUSED(b->devices[0].certificates.len = 0);
#undef REFUSED
}

static void messages_that_would_not_be_read_are_not_written(void **state)
{
	struct tspdm_bundle_message m = { true, 0, { changed, 0 } };
	struct tspdm_buffer out = { file, sizeof file, 0 };

	(void)state;
	assert_int_equal(tspdm_bundle_write_message(&out, &m), TSPDM_ERR_ARGUMENT);
	m.bytes.len = TSPDM_BUNDLE_MESSAGE_MAX + 1;
	assert_int_equal(tspdm_bundle_write_message(&out, &m), TSPDM_ERR_ARGUMENT);
	m.bytes.len = 10;
	out.cap = 5;
	assert_int_equal(tspdm_bundle_write_message(&out, &m), TSPDM_ERR_BUFFER);
}

/* ---- Subjects ---- */

static void a_subject_needs_what_it_is_judged_by(void **state)
{
	struct tspdm_verify_input verify = { .size = sizeof verify };
	struct tspdm_bundle_input input = { .size = sizeof input, .bundle = &read_back, .verify = &verify };
	struct tspdm_bundle_subject *subject;

	(void)state;
	assert_int_equal(read_from(around(contents[0].hex)), TSPDM_OK);
	assert_int_equal(tspdm_bundle_subject_new(crypto, &input, &subject), TSPDM_ERR_ARGUMENT); /* no time */
	verify.time = 1767225600;
	assert_int_equal(tspdm_bundle_subject_new(crypto, &input, &subject), TSPDM_OK);
	tspdm_bundle_subject_free(subject);
	input.reserved[1] = 1;
	assert_int_equal(tspdm_bundle_subject_new(crypto, &input, &subject), TSPDM_ERR_UNSUPPORTED);
	assert_null(subject);
	input.reserved[1] = 0;
	input.bundle = NULL;
	assert_int_equal(tspdm_bundle_subject_new(crypto, &input, &subject), TSPDM_ERR_ARGUMENT);
	tspdm_bundle_subject_free(NULL);
}

/* A record that is no SPDM at all, or of a session that nobody opened. */
static void messages_that_are_none_are_a_failed_check(void **state)
{
	static const char *const hex[] = { "a4" TIME ENDPOINT VERIFIER MESSAGES, "a4" TIME ENDPOINT VERIFIER "0681"
										 "830001"
										 "4410840000" };
	const struct tspdm_verify_input verify = { .size = sizeof verify, .time = 1767225600 };
	const struct tspdm_bundle_input input = { .size = sizeof input, .bundle = &read_back, .verify = &verify };
	struct tspdm_verdict *verdict = malloc(sizeof *verdict);
	struct tspdm_bundle_subject *subject;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct tspdm_check *check;

		assert_int_equal(read_from(around(hex[i])), TSPDM_OK);
		assert_int_equal(tspdm_bundle_subject_new(crypto, &input, &subject), TSPDM_OK);
		tspdm_appraise(NULL, tspdm_bundle_subject(subject), verdict);
		check = tspdm_checks_find(&verdict->checks, "bundle.record");
		assert_non_null(check);
		assert_int_equal(check->result, TSPDM_CHECK_FAILED);
		assert_int_not_equal(verdict->kind, TSPDM_VERDICT_ACCEPT);
		tspdm_bundle_subject_free(subject);
	}
	free(verdict);
}

static int begin(void **state)
{
	(void)state;
	return tspdm_openssl_new(&crypto) == TSPDM_OK ? 0 : 1;
}

static int end(void **state)
{
	(void)state;
	tspdm_openssl_free(crypto);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_is_read_is_written_the_same),
		cmocka_unit_test(a_small_room_tells_the_size_needed),
		cmocka_unit_test(every_cut_and_every_flipped_bit_is_noticed),
		cmocka_unit_test(content_is_read_in_one_form_only),
		cmocka_unit_test(another_label_is_no_bundle),
		cmocka_unit_test(fields_that_would_not_be_read_are_not_written),
		cmocka_unit_test(messages_that_would_not_be_read_are_not_written),
		cmocka_unit_test(a_subject_needs_what_it_is_judged_by),
		cmocka_unit_test(messages_that_are_none_are_a_failed_check),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
