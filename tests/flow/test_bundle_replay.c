/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What was recorded of a connection, appraised again from its bundle: accepted as it is, and not with anything of it changed,
 * left out, or put in from another record. */
#include <time.h>

#include "session_rig.h"

#include <tspdm/bundle.h>

enum { MESSAGES_MAX = 512, BUNDLE_ROOM = 1 << 17, FLIPS = 500 };

/* A connection as it was recorded, and the policy that accepts it. */
struct world {
	struct pair *pair;
	struct tspdm_bundle_message messages[MESSAGES_MAX];
	unsigned count;
	uint32_t session;
	uint8_t exporter[TSPDM_EVIDENCE_EXPORTER_LEN];
	struct tspdm_policy *policy;
	struct tspdm_view anchors;
	bool wants_evidence;
	int64_t time;
	uint8_t bytes[BUNDLE_ROOM];
	size_t used;
};

static struct tspdm_bundle parsed; /* large */
static struct tspdm_verdict verdict;
static uint8_t file[BUNDLE_ROOM], record_room[BUNDLE_ROOM];

static void on_message(void *context, bool is_request, uint32_t session, struct tspdm_view message)
{
	struct world *w = context;

	assert_true(w->count < MESSAGES_MAX && message.len <= sizeof w->bytes - w->used);
	memcpy(w->bytes + w->used, message.ptr, message.len);
	w->messages[w->count++] =
		(struct tspdm_bundle_message){ is_request, session, { w->bytes + w->used, message.len } };
	w->used += message.len;
}

static struct tspdm_view text(const char *s)
{
	return (struct tspdm_view){ (const uint8_t *)s, strlen(s) };
}

/* ---- Bundles of messages ---- */

static struct tspdm_bundle *bundle_of(const struct world *w)
{
	static struct tspdm_bundle b;

	b = (struct tspdm_bundle){
		.size = sizeof b, .time = w->time, .endpoint = text("mem:"), .verifier = text("test")
	};
	b.session = w->session;
	if (w->session != 0)
		b.exporter = (struct tspdm_view){ w->exporter, sizeof w->exporter };
	return &b;
}

static void set_messages(struct tspdm_bundle *b, const struct tspdm_bundle_message *messages, unsigned count)
{
	struct tspdm_buffer out = { record_room, sizeof record_room, 0 };

	for (unsigned i = 0; i < count; i++)
		assert_int_equal(tspdm_bundle_write_message(&out, &messages[i]), TSPDM_OK);
	b->messages = tspdm_buffer_view(&out);
	b->message_count = count;
}

static struct tspdm_view write_file(const struct world *w, struct tspdm_bundle *b)
{
	struct tspdm_buffer out = { file, sizeof file, 0 };

	assert_int_equal(tspdm_bundle_write(w->pair->crypto, b, &out), TSPDM_OK);
	return tspdm_buffer_view(&out);
}

/* Reads and appraises. @returns whether it was accepted; `verdict` says more */
static bool is_trusted(const struct world *w, struct tspdm_view bytes)
{
	const struct tspdm_verify_input verify = {
		.size = sizeof verify, .policy = w->policy, .allow_standin = true, .time = w->time
	};
	const struct tspdm_bundle_input input = {
		.size = sizeof input,
		.bundle = &parsed,
		.verify = &verify,
		.anchors = w->anchors,
		.evidence_wanted = w->wants_evidence,
	};
	struct tspdm_bundle_subject *subject;
	char why[128] = "";

	memset(&verdict, 0, sizeof verdict);
	verdict.status = tspdm_bundle_read(w->pair->crypto, bytes, &parsed, why, sizeof why);
	if (verdict.status != TSPDM_OK) {
		assert_true(why[0] != '\0');
		return false;
	}
	assert_int_equal(tspdm_bundle_subject_new(w->pair->crypto, &input, &subject), TSPDM_OK);
	tspdm_appraise(w->policy, tspdm_bundle_subject(subject), &verdict);
	tspdm_bundle_subject_free(subject);
	return verdict.kind == TSPDM_VERDICT_ACCEPT || verdict.kind == TSPDM_VERDICT_WARN;
}

static bool are_trusted(const struct world *w, const struct tspdm_bundle_message *messages, unsigned count)
{
	struct tspdm_bundle *b = bundle_of(w);

	set_messages(b, messages, count);
	return is_trusted(w, write_file(w, b));
}

static bool is_world_trusted(const struct world *w)
{
	return are_trusted(w, w->messages, w->count);
}

/* ---- Making ---- */

static enum tspdm_status get_evidence(struct world *w, uint32_t id)
{
	const struct tspdm_get_evidence job = {
		.flags = TSPDM_EVIDENCE_WANT_CERTIFICATES, .room = room, .room_cap = sizeof room
	};

	TSPDM_TRY(tspdm_requester_use_session(w->pair->requester, id));
	TSPDM_TRY(tspdm_requester_get_evidence(w->pair->requester, &job));
	TSPDM_TRY(pair_run(w->pair));
	w->session = id;
	return tspdm_requester_evidence_exporter(w->pair->requester, id, TSPDM_ROLE_RESPONDER, w->exporter);
}

/* The policy that the record's own subject suggests: whatever it shows is demanded. */
static void make_policy(struct world *w)
{
	const struct tspdm_verify_input verify = { .size = sizeof verify, .allow_standin = true, .time = w->time };
	const struct tspdm_bundle_input input = { .size = sizeof input,
		.bundle = &parsed,
		.verify = &verify,
		.anchors = w->anchors,
		.evidence_wanted = w->wants_evidence };
	struct tspdm_bundle *b = bundle_of(w);
	struct tspdm_buffer json = { malloc(BUNDLE_ROOM), BUNDLE_ROOM, 0 };
	struct tspdm_bundle_subject *subject;
	char why[256] = "";

	set_messages(b, w->messages, w->count);
	assert_int_equal(tspdm_bundle_read(w->pair->crypto, write_file(w, b), &parsed, why, sizeof why), TSPDM_OK);
	assert_int_equal(tspdm_bundle_subject_new(w->pair->crypto, &input, &subject), TSPDM_OK);
	assert_int_equal(tspdm_policy_suggest(tspdm_bundle_subject(subject), &json), TSPDM_OK);
	assert_int_equal(tspdm_policy_read(tspdm_buffer_view(&json), &w->policy, why, sizeof why), TSPDM_OK);
	tspdm_bundle_subject_free(subject);
	free(json.ptr);
}

static struct world *world_new(const struct pair_options *wanted)
{
	struct world *w = calloc(1, sizeof *w);
	struct pair_options options = *wanted;
	uint32_t id;

	assert_non_null(w);
	options.requester_observer = (struct tspdm_observer_hook){ on_message, w };
	options.session_capabilities = FULL;
	options.dhe = TSPDM_DHE_SECP256R1;
	w->time = (int64_t)time(NULL);
	w->wants_evidence = options.has_evidence;
	w->pair = pair_new(&options);
	w->anchors = requester_config(w->pair->requester)->anchors;
	assert_int_equal(pair_attest(w->pair), TSPDM_OK);
	if (options.has_evidence)
		assert_int_equal(pair_measure(w->pair, TSPDM_INDEX_MANIFEST, true, false), TSPDM_OK);
	assert_int_equal(pair_open_another(w->pair, &id), TSPDM_OK);
	if (options.has_evidence)
		assert_int_equal(get_evidence(w, id), TSPDM_OK);
	make_policy(w);
	return w;
}

static void world_free(struct world *w)
{
	tspdm_policy_free(w->policy);
	pair_free(w->pair);
	free(w);
}

static struct world *with_tee(enum tspdm_tee tee)
{
	return world_new(&(struct pair_options){ .has_evidence = true, .tee = tee });
}

static struct world *plain(void)
{
	return world_new(&(struct pair_options){ 0 });
}

/* ---- As it is ---- */

static enum tspdm_check_result result_of(const char *name)
{
	const struct tspdm_check *check = tspdm_checks_find(&verdict.checks, name);

	return check != NULL ? (enum tspdm_check_result)check->result : TSPDM_CHECK_FAILED;
}

static void a_record_of_each_tee_is_trusted_again(void **state)
{
	static const enum tspdm_tee kinds[] = { TSPDM_TEE_SEV_SNP, TSPDM_TEE_TDX, TSPDM_TEE_SGX };

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct world *w = with_tee(kinds[i]);

		assert_true(is_world_trusted(w));
		assert_int_equal(verdict.kind, TSPDM_VERDICT_WARN); /* the software TEE */
		assert_int_equal(result_of("binding.measurement"), TSPDM_CHECK_OK);
		assert_int_equal(result_of("binding.session"), TSPDM_CHECK_OK);
		assert_int_equal(result_of("bundle.record"), TSPDM_CHECK_OK);
		world_free(w);
	}
}

static void a_record_of_a_plain_device_is_trusted_again(void **state)
{
	struct world *w = plain();

	(void)state;
	assert_true(is_world_trusted(w));
	assert_int_equal(verdict.kind, TSPDM_VERDICT_ACCEPT);
	world_free(w);
}

static void each_version_and_each_way_of_sending_is_followed(void **state)
{
	static const struct pair_options rows[] = {
		{ .has_evidence = true, .version = TSPDM_V11 },
		{ .has_evidence = true, .transfer = 512 },
		{ .has_evidence = true, .evidence_delay_us = 300000 },
		{ .has_evidence = true, .signature_delay_us = 300000 },
		{ .has_evidence = true, .binding = &tspdm_binding_doe },
		{ .has_evidence = true, .requester_max = 9000 },
		{ .has_evidence = true, .mutual_form = TSPDM_MUTUAL_AUTH_ENCAPSULATED },
		{ .has_evidence = true, .basic_mutual = true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct world *w = world_new(&rows[i]);

		if (!is_world_trusted(w))
			printf("# row %zu: %s\n", i, verdict.reason);
		assert_true(verdict.kind == TSPDM_VERDICT_WARN);
		assert_int_equal(result_of("binding.session"), TSPDM_CHECK_OK);
		world_free(w);
	}
}

static void an_old_record_is_as_old_as_it_is(void **state)
{
	struct world *w = with_tee(TSPDM_TEE_SEV_SNP);
	const struct tspdm_verify_input verify = {
		.size = sizeof verify, .allow_standin = true, .time = w->time + 3600
	};
	const struct tspdm_bundle_input input = { .size = sizeof input, .bundle = &parsed, .verify = &verify };
	struct tspdm_bundle *b = bundle_of(w);
	struct tspdm_bundle_subject *subject;

	(void)state;
	b->age_s = 7;
	set_messages(b, w->messages, w->count);
	assert_int_equal(tspdm_bundle_read(w->pair->crypto, write_file(w, b), &parsed, NULL, 0), TSPDM_OK);
	assert_int_equal(tspdm_bundle_subject_new(w->pair->crypto, &input, &subject), TSPDM_OK);
	assert_int_equal(tspdm_bundle_subject(subject)->evidence_age_s, 3607);
	tspdm_bundle_subject_free(subject);
	world_free(w);
}

/* ---- Changed ---- */

/* Any bit of the file, as it lies there. */
static void no_flipped_bit_of_the_file_is_trusted(void **state)
{
	struct world *w = plain();
	struct tspdm_bundle *b = bundle_of(w);
	static uint8_t copy[BUNDLE_ROOM];
	struct tspdm_view whole;

	(void)state;
	set_messages(b, w->messages, w->count);
	whole = write_file(w, b);
	memcpy(copy, whole.ptr, whole.len);
	for (size_t i = 0; i < 8 * whole.len; i++) {
		copy[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_false(is_trusted(w, (struct tspdm_view){ copy, whole.len }));
		copy[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	for (size_t len = 0; len < whole.len; len++)
		assert_false(is_trusted(w, (struct tspdm_view){ copy, len }));
	assert_true(is_trusted(w, (struct tspdm_view){ copy, whole.len }));
	world_free(w);
}

static bool is_vendor(const struct tspdm_bundle_message *m)
{
	return m->bytes.ptr[1] == TSPDM_VENDOR_DEFINED_REQUEST || m->bytes.ptr[1] == TSPDM_VENDOR_DEFINED_RESPONSE;
}

/* The same with the file's digest made anew, as an attacker would: bytes of what is signed, or hashed into what is. */
static void flip_messages(const struct world *w, unsigned count)
{
	struct tspdm_bundle_message messages[MESSAGES_MAX];
	static uint8_t copy[BUNDLE_ROOM];
	size_t total = 0, step, at = 0;
	unsigned flips = 0;

	for (unsigned i = 0; i < count; i++)
		total += is_vendor(&w->messages[i]) ? 0 : w->messages[i].bytes.len;
	step = total / FLIPS + 1;
	memcpy(messages, w->messages, sizeof messages);
	for (unsigned i = 0; i < count; i++) {
		struct tspdm_view whole = w->messages[i].bytes;

		if (is_vendor(&w->messages[i]))
			continue;
		memcpy(copy, whole.ptr, whole.len);
		messages[i].bytes.ptr = copy;
		for (size_t k = 0; k < whole.len; k++, at++) {
			if (at % step != 0)
				continue;
			copy[k] ^= (uint8_t)(1U << at / step % 8);
			if (are_trusted(w, messages, w->count))
				fail_msg("message %u (0x%02x), byte %zu", i, whole.ptr[1], k);
			copy[k] = whole.ptr[k];
			flips++;
		}
		messages[i].bytes = whole;
	}
	assert_true(flips > FLIPS / 2);
}

static unsigned before_session(const struct world *w)
{
	unsigned count = 0;

	while (w->messages[count].bytes.ptr[1] != TSPDM_KEY_EXCHANGE)
		count++;
	return count;
}

/* Nothing binds the session of a peer that shows nothing in it. */
static void no_flipped_bit_of_a_message_is_trusted(void **state)
{
	struct world *tee = with_tee(TSPDM_TEE_SEV_SNP), *device = plain();

	(void)state;
	flip_messages(tee, tee->count);
	flip_messages(device, before_session(device));
	world_free(tee);
	world_free(device);
}

static void another_exporter_or_session_is_not_trusted(void **state)
{
	struct world *w = with_tee(TSPDM_TEE_TDX);

	(void)state;
	for (size_t i = 0; i < 8 * sizeof w->exporter; i += 5) {
		w->exporter[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_false(is_world_trusted(w));
		assert_int_equal(verdict.status, TSPDM_ERR_EVIDENCE_NONCE);
		w->exporter[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	w->session ^= 1;
	assert_false(is_world_trusted(w));
	world_free(w);
}

static void a_record_without_one_of_its_messages_is_not_trusted(void **state)
{
	struct world *w = with_tee(TSPDM_TEE_SEV_SNP);
	struct tspdm_bundle_message fewer[MESSAGES_MAX];

	(void)state;
	for (unsigned i = 0; i < w->count; i++) {
		memcpy(fewer, w->messages, i * sizeof fewer[0]);
		memcpy(fewer + i, w->messages + i + 1, (w->count - i - 1) * sizeof fewer[0]);
		if (are_trusted(w, fewer, w->count - 1))
			fail_msg("without message %u, 0x%02x", i, w->messages[i].bytes.ptr[1]);
	}
	for (unsigned i = 1; i < w->count; i++)
		assert_false(are_trusted(w, w->messages, i));
	world_free(w);
}

static void messages_that_change_places_are_not_trusted(void **state)
{
	struct world *w = with_tee(TSPDM_TEE_SEV_SNP);
	struct tspdm_bundle_message other[MESSAGES_MAX];

	(void)state;
	for (unsigned i = 0; i + 1 < w->count; i++) {
		memcpy(other, w->messages, sizeof other);
		other[i] = w->messages[i + 1];
		other[i + 1] = w->messages[i];
		assert_false(are_trusted(w, other, w->count));
	}
	world_free(w);
}

/* ---- Of two records ---- */

/* Parts of one record in the other, message by message of the same kind. */
static void parts_of_another_record_are_not_trusted(void **state)
{
	struct world *a = with_tee(TSPDM_TEE_SEV_SNP), *b = with_tee(TSPDM_TEE_SEV_SNP);
	struct tspdm_bundle_message mixed[MESSAGES_MAX];
	unsigned changed = 0;

	(void)state;
	assert_int_equal(a->count, b->count);
	for (unsigned i = 0; i < a->count; i++) {
		struct tspdm_view x = a->messages[i].bytes, y = b->messages[i].bytes;

		if (x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0)
			continue;
		memcpy(mixed, a->messages, sizeof mixed);
		mixed[i].bytes = y;
		if (are_trusted(a, mixed, a->count))
			fail_msg("message %u, 0x%02x", i, x.ptr[1]);
		changed++;
	}
	assert_true(changed > 8);
	memcpy(a->exporter, b->exporter, sizeof a->exporter);
	assert_false(is_world_trusted(a));
	world_free(a);
	world_free(b);
}

/* An exchange of the other record: all of its messages from one on, which are whole and signed, under this session. */
static void a_session_of_another_record_is_not_trusted(void **state)
{
	struct world *a = with_tee(TSPDM_TEE_SEV_SNP), *b = with_tee(TSPDM_TEE_SEV_SNP);
	struct tspdm_bundle_message mixed[MESSAGES_MAX];
	unsigned first = before_session(a);

	(void)state;
	memcpy(mixed, a->messages, sizeof mixed);
	memcpy(mixed + first, b->messages + first, (b->count - first) * sizeof mixed[0]);
	memcpy(a->exporter, b->exporter, sizeof a->exporter);
	a->session = b->session;
	assert_false(are_trusted(a, mixed, b->count));
	assert_int_equal(verdict.status, TSPDM_ERR_EVIDENCE_KEY); /* another guest of the same key */
	world_free(a);
	world_free(b);
}

/* Certificates of somebody else, between what one key has signed and what it signs next. */
static void certificates_of_another_do_not_take_the_firsts_place(void **state)
{
	struct world *a = plain(), *b = world_new(&(struct pair_options){ .asym = TSPDM_ASYM_ECDSA_P384 });
	struct tspdm_bundle_message mixed[MESSAGES_MAX];
	unsigned count = 0, all = before_session(a);

	(void)state;
	assert_true(are_trusted(a, a->messages, all));
	for (unsigned i = 0; i < all; i++) {
		mixed[count++] = a->messages[i];
		if (a->messages[i].bytes.ptr[1] != TSPDM_CHALLENGE_AUTH)
			continue;
		for (unsigned k = 0; k < before_session(b); k++) {
			uint8_t code = b->messages[k].bytes.ptr[1];

			if (code == TSPDM_GET_CERTIFICATE || code == TSPDM_CERTIFICATE)
				mixed[count++] = b->messages[k];
		}
	}
	assert_true(count > all);
	assert_false(are_trusted(a, mixed, count));
	world_free(a);
	world_free(b);
}

static void another_anchor_is_not_trusted(void **state)
{
	struct world *a = plain(), *b = world_new(&(struct pair_options){ .asym = TSPDM_ASYM_ECDSA_P384 });

	(void)state;
	a->anchors = b->anchors;
	assert_false(is_world_trusted(a));
	assert_int_equal(verdict.status, TSPDM_ERR_CHAIN_UNTRUSTED);
	world_free(a);
	world_free(b);
}

static void the_software_tee_is_never_implied(void **state)
{
	struct world *w = with_tee(TSPDM_TEE_SEV_SNP);
	const struct tspdm_verify_input verify = { .size = sizeof verify, .policy = w->policy, .time = w->time };
	const struct tspdm_bundle_input input = { .size = sizeof input,
		.bundle = &parsed,
		.verify = &verify,
		.anchors = w->anchors,
		.evidence_wanted = true };
	struct tspdm_bundle_subject *subject;

	(void)state;
	assert_true(is_world_trusted(w));
	assert_int_equal(tspdm_bundle_subject_new(w->pair->crypto, &input, &subject), TSPDM_OK);
	tspdm_appraise(w->policy, tspdm_bundle_subject(subject), &verdict);
	assert_int_equal(verdict.status, TSPDM_ERR_EVIDENCE_SOFT);
	tspdm_bundle_subject_free(subject);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_of_each_tee_is_trusted_again),
		cmocka_unit_test(a_record_of_a_plain_device_is_trusted_again),
		cmocka_unit_test(each_version_and_each_way_of_sending_is_followed),
		cmocka_unit_test(an_old_record_is_as_old_as_it_is),
		cmocka_unit_test(no_flipped_bit_of_the_file_is_trusted),
		cmocka_unit_test(no_flipped_bit_of_a_message_is_trusted),
		cmocka_unit_test(another_exporter_or_session_is_not_trusted),
		cmocka_unit_test(a_record_without_one_of_its_messages_is_not_trusted),
		cmocka_unit_test(messages_that_change_places_are_not_trusted),
		cmocka_unit_test(parts_of_another_record_are_not_trusted),
		cmocka_unit_test(a_session_of_another_record_is_not_trusted),
		cmocka_unit_test(certificates_of_another_do_not_take_the_firsts_place),
		cmocka_unit_test(another_anchor_is_not_trusted),
		cmocka_unit_test(the_software_tee_is_never_implied),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	pair_end();
	return failed;
}
