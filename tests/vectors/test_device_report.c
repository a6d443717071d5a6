/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The signed measurements of a genuine device: what they say, and that nothing of them can be changed. With the argument
 * "all" every bit of the messages is flipped, else one of each byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <tspdm/device_report.h>
#include <tspdm/message.h>
#include <tspdm/openssl.h>

#define CASE TSPDM_SHARED_DIR "/testdata/spdm-device/01-gh100-1.1/"

enum { FILE_MAX = 16384, SIGNATURE_LEN = 96, AT_TIME = 1767225600 /* 2026-01-01 */, BEHIND_FWID = 5 };

struct bytes {
	uint8_t data[FILE_MAX];
	size_t len;
};

static struct bytes request, response, chain, root;
static struct tspdm_crypto *crypto;
static struct tspdm_device_finding *finding;
static bool is_there, every_bit;

static bool read_file(const char *path, struct bytes *out)
{
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		return false;
	out->len = fread(out->data, 1, sizeof out->data, f);
	fclose(f);
	return out->len != 0 && out->len < sizeof out->data;
}

static bool read_certificates(const char *path, struct bytes *out)
{
	struct bytes text;
	struct tspdm_buffer der = { .ptr = out->data, .cap = sizeof out->data };

	if (!read_file(path, &text) ||
		tspdm_openssl_certificates((struct tspdm_view){ text.data, text.len }, &der) != TSPDM_OK)
		return false;
	out->len = der.len;
	return true;
}

static int set_up(void **state)
{
	(void)state;
	finding = calloc(1, sizeof *finding);
	is_there = read_file(CASE "get_measurements.bin", &request) && read_file(CASE "measurements.bin", &response) &&
		   read_certificates(CASE "chain.pem", &chain) && read_certificates(CASE "root.pem", &root);
	if (!is_there)
		printf("# no device among the test data: skipped\n");
	return finding != NULL ? tspdm_openssl_new(&crypto) : -1;
}

static int tear_down(void **state)
{
	(void)state;
	tspdm_openssl_free(crypto);
	free(finding);
	return 0;
}

static void need_case(void)
{
	if (!is_there)
		skip();
}

static struct tspdm_view view_of(const struct bytes *b)
{
	return (struct tspdm_view){ b->data, b->len };
}

static struct tspdm_device_report report_of(void)
{
	return (struct tspdm_device_report){
		.size = sizeof(struct tspdm_device_report),
		.request = view_of(&request),
		.response = view_of(&response),
		.certificates = view_of(&chain),
		.time = AT_TIME,
	};
}

static enum tspdm_status verify(const struct tspdm_device_report *r)
{
	return tspdm_device_verify(crypto, r, finding);
}

static void the_genuine_report_verifies(void **state)
{
	struct tspdm_device_report r = report_of();

	(void)state;
	need_case();
	assert_int_equal(verify(&r), TSPDM_OK);
	assert_true(finding->is_signed);
	assert_int_equal(finding->version, TSPDM_V11);
	assert_int_equal(finding->asym, TSPDM_ASYM_ECDSA_P384);
	assert_int_equal(finding->hash, TSPDM_HASH_SHA384);
	assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_BUILTIN);
	assert_int_equal(finding->certificate_count, 5);
	assert_int_equal(finding->opaque.len, 422);
	assert_string_equal(finding->base.anchor_name, "NVIDIA Device Identity CA");
}

static bool is_hex(struct tspdm_view bytes, const char *text)
{
	char byte[3];

	if (text == NULL || strlen(text) != 2 * bytes.len)
		return false;
	for (size_t i = 0; i < bytes.len; i++) {
		snprintf(byte, sizeof byte, "%02x", bytes.ptr[i]);
		if (memcmp(byte, text + 2 * i, 2) != 0)
			return false;
	}
	return true;
}

static void every_block_is_what_was_published(void **state)
{
	struct tspdm_device_report r = report_of();
	json_t *expected = json_load_file(CASE "expected.json", 0, NULL);
	json_t *blocks = json_object_get(expected, "measurements");

	(void)state;
	need_case();
	assert_int_equal(verify(&r), TSPDM_OK);
	assert_int_equal(json_array_size(blocks), 64);
	assert_int_equal(finding->block_count, 64);
	for (size_t i = 0; i < json_array_size(blocks); i++) {
		json_t *want = json_array_get(blocks, i);
		unsigned index = (unsigned)json_integer_value(json_object_get(want, "index"));
		struct tspdm_measurement_block block;

		assert_true(tspdm_device_block(finding, index, &block));
		assert_int_equal(block.type, json_integer_value(json_object_get(want, "value_type")));
		assert_true(is_hex(block.value, json_string_value(json_object_get(want, "value"))));
	}
	assert_true(is_hex(finding->requester_nonce, json_string_value(json_object_get(expected, "requester_nonce"))));
	assert_true(is_hex(finding->responder_nonce, json_string_value(json_object_get(expected, "responder_nonce"))));
	json_decref(expected);
}

/* The extension has the composite form: a device key, and one digest of firmware, which the opaque data has as well. */
static void the_leaf_says_which_firmware_it_is_of(void **state)
{
	static const uint8_t begin[] = { 0xf5, 0xc3, 0x84, 0xae };
	struct tspdm_device_report r = report_of();
	const struct tspdm_dice *leaf;
	const struct tspdm_dice_fwid *fwid;

	(void)state;
	need_case();
	assert_int_equal(verify(&r), TSPDM_OK);
	leaf = &finding->certificates[4].dice;
	fwid = &leaf->tcb_infos[0].fwids[0];
	assert_int_equal(leaf->tcb_info_count, 1);
	assert_int_equal(leaf->tcb_infos[0].form, TSPDM_DICE_COMPOSITE);
	assert_int_equal(leaf->tcb_infos[0].fwid_count, 1);
	assert_int_equal(fwid->hash, TSPDM_HASH_SHA384);
	assert_memory_equal(fwid->digest.ptr, begin, sizeof begin);
	assert_memory_equal(finding->opaque.ptr + finding->opaque.len - BEHIND_FWID - 48, fwid->digest.ptr, 48);
	assert_memory_equal(leaf->device_info.ptr, "NVIDIA:GH100:", 13);
}

static void a_configured_root_counts_as_such(void **state)
{
	struct tspdm_device_report r = report_of();

	(void)state;
	need_case();
	r.no_builtin_roots = true;
	assert_int_equal(verify(&r), TSPDM_ERR_EVIDENCE_ANCHOR);
	assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_NONE);
	assert_true(finding->is_signed);
	r.anchors = view_of(&root);
	assert_int_equal(verify(&r), TSPDM_OK);
	assert_int_equal(finding->base.anchor, TSPDM_ANCHOR_CONFIGURED);
}

static void another_nonce_than_the_one_given_is_refused(void **state)
{
	struct tspdm_device_report r = report_of();

	(void)state;
	need_case();
	r.nonce = (struct tspdm_view){ request.data + 4, TSPDM_NONCE_LEN };
	assert_int_equal(verify(&r), TSPDM_OK);
	r.nonce.ptr++;
	assert_int_equal(verify(&r), TSPDM_ERR_EVIDENCE_NONCE);
}

static void another_algorithm_than_the_one_signed_with_is_refused(void **state)
{
	struct tspdm_device_report r = report_of();

	(void)state;
	need_case();
	r.hash = TSPDM_HASH_SHA512;
	assert_int_equal(verify(&r), TSPDM_ERR_SIGNATURE);
	r.hash = 0;
	r.asym = TSPDM_ASYM_ECDSA_P256;
	assert_int_equal(verify(&r), TSPDM_ERR_KEY);
}

static void the_chain_may_stand_either_way_round(void **state)
{
	struct tspdm_device_report r = report_of();
	struct bytes turned = { .len = 0 };

	(void)state;
	need_case();
	assert_int_equal(verify(&r), TSPDM_OK);
	for (unsigned i = 0; i < finding->certificate_count; i++) {
		memcpy(turned.data + turned.len, finding->certificates[i].der.ptr, finding->certificates[i].der.len);
		turned.len += finding->certificates[i].der.len;
	}
	assert_memory_equal(turned.data, root.data, root.len); /* root first now */
	r.certificates = view_of(&turned);
	assert_int_equal(verify(&r), TSPDM_OK);
	r.certificates.ptr += root.len;
	r.certificates.len -= root.len;
	assert_int_not_equal(verify(&r), TSPDM_OK);
}

static void a_report_cut_anywhere_is_refused(void **state)
{
	struct tspdm_device_report r = report_of();

	(void)state;
	need_case();
	r.hash = TSPDM_HASH_SHA384;
	for (size_t len = 0; len < response.len; len += len < 64 ? 1 : 61) {
		r.response.len = len;
		assert_int_not_equal(verify(&r), TSPDM_OK);
	}
	r.response.len = response.len;
	for (r.request.len = 0; r.request.len < request.len; r.request.len++)
		assert_int_not_equal(verify(&r), TSPDM_OK);
	for (r.certificates.len = 0; r.certificates.len < chain.len; r.certificates.len += 97)
		assert_int_not_equal(verify(&r), TSPDM_OK);
}

static void bytes_behind_a_message_are_refused(void **state)
{
	struct tspdm_device_report r = report_of();

	(void)state;
	need_case();
	response.data[response.len] = request.data[request.len] = chain.data[chain.len] = 0;
	r.response.len++;
	assert_int_not_equal(verify(&r), TSPDM_OK);
	r.response.len--;
	r.request.len++;
	assert_int_not_equal(verify(&r), TSPDM_OK);
	r.request.len--;
	r.certificates.len++;
	assert_int_not_equal(verify(&r), TSPDM_OK);
	r.certificates.len--;
	assert_int_equal(verify(&r), TSPDM_OK);
}

static void refused_with_flips(const struct tspdm_device_report *r, struct bytes *b, size_t from, size_t to, bool every)
{
	for (size_t at = from; at < to; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			if (!every && bit != at % 8)
				continue;
			b->data[at] ^= (uint8_t)(1U << bit);
			if (verify(r) == TSPDM_OK)
				fail_msg("accepted with bit %u of byte %zu flipped", bit, at);
			b->data[at] ^= (uint8_t)(1U << bit);
		}
	assert_int_equal(verify(r), TSPDM_OK);
}

/* One order of signature, one hash: what the other attempts would cost is not what is tested here. */
static struct tspdm_device_report quick_report(void)
{
	struct tspdm_device_report r = report_of();

	r.hash = TSPDM_HASH_SHA384;
	r.strict = TSPDM_STRICT_ALL;
	return r;
}

static void a_flipped_bit_of_the_request_is_refused(void **state)
{
	struct tspdm_device_report r = quick_report();

	(void)state;
	need_case();
	refused_with_flips(&r, &request, 0, request.len, true);
}

static void a_flipped_bit_of_the_response_is_refused(void **state)
{
	struct tspdm_device_report r = quick_report();

	(void)state;
	need_case();
	refused_with_flips(&r, &response, 0, response.len - SIGNATURE_LEN, every_bit);
}

static void a_flipped_bit_of_the_signature_is_refused(void **state)
{
	struct tspdm_device_report r = quick_report();

	(void)state;
	need_case();
	refused_with_flips(&r, &response, response.len - SIGNATURE_LEN, response.len, true);
}

/* All of a certificate but the root is signed, or is a signature; of the root the key is pinned. */
static void a_flipped_bit_of_a_certificate_is_refused(void **state)
{
	struct tspdm_device_report r = quick_report();

	(void)state;
	need_case();
	r.no_builtin_roots = true;
	r.anchors = view_of(&root);
	refused_with_flips(&r, &chain, 0, chain.len, every_bit);
}

static void an_input_that_is_not_whole_is_refused(void **state)
{
	struct tspdm_device_report r = report_of();

	(void)state;
	r.time = 0;
	assert_int_equal(verify(&r), TSPDM_ERR_ARGUMENT);
	r = report_of();
	r.size--;
	assert_int_equal(verify(&r), TSPDM_ERR_ARGUMENT);
	r = report_of();
	r.reserved[1] = 1;
	assert_int_equal(verify(&r), TSPDM_ERR_UNSUPPORTED);
	assert_int_not_equal(tspdm_checks_status(&finding->base.checks), TSPDM_OK);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_genuine_report_verifies),
		cmocka_unit_test(every_block_is_what_was_published),
		cmocka_unit_test(the_leaf_says_which_firmware_it_is_of),
		cmocka_unit_test(a_configured_root_counts_as_such),
		cmocka_unit_test(another_nonce_than_the_one_given_is_refused),
		cmocka_unit_test(another_algorithm_than_the_one_signed_with_is_refused),
		cmocka_unit_test(the_chain_may_stand_either_way_round),
		cmocka_unit_test(a_report_cut_anywhere_is_refused),
		cmocka_unit_test(bytes_behind_a_message_are_refused),
		cmocka_unit_test(a_flipped_bit_of_the_request_is_refused),
		cmocka_unit_test(a_flipped_bit_of_the_response_is_refused),
		cmocka_unit_test(a_flipped_bit_of_the_signature_is_refused),
		cmocka_unit_test(a_flipped_bit_of_a_certificate_is_refused),
		cmocka_unit_test(an_input_that_is_not_whole_is_refused),
	};

	every_bit = argc > 1 && strcmp(argv[1], "all") == 0;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
