/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * General opaque data and the elements by which a version of DSP0277 is agreed on; against the vectors of an independent
 * script too. */
#include <tspdm/session_messages.h>

#include <jansson.h>

#include "wire_case.h"

#define DMTF(len) "00 00 " len " "
#define LIST_11 DMTF("0500") "01 01 01 0011 000000 "
#define SELECT_11 DMTF("0400") "01 00 0011 "
#define LIMIT(exponent) DMTF("0300") "01 02 " exponent " 00 "
#define OTHER "03 02 3412 0100 77 00 "
#define TABLE "46544d44 01 "

static const struct opaque_case {
	const char *name;
	uint8_t version;
	enum tspdm_status status;
	const char *bytes;
} containers[] = {
	{ "no elements", 0x12, TSPDM_OK, "00 000000" },
	{ "no elements, 1.1", 0x11, TSPDM_OK, TABLE "00 0000" },
	{ "one", 0x12, TSPDM_OK, "01 000000 " LIST_11 },
	{ "one of another body", 0x13, TSPDM_OK, "01 000000 " OTHER },
	{ "two, 1.1", 0x11, TSPDM_OK, TABLE "02 0000 " OTHER SELECT_11 },
	{ "empty element", 0x12, TSPDM_OK, "01 000000 01 00 0000" },
	{ "longest VendorID", 0x12, TSPDM_OK, "01 000000 04 ff 1d*255 0000 00" },
	{ "reserved bytes are not judged", 0x12, TSPDM_OK, "01 ffffff " LIST_11 },
	{ "reserved bytes are not judged, 1.1", 0x11, TSPDM_OK, TABLE "00 ffff" },
	{ "the longest", 0x12, TSPDM_OK, "01 000000 01 00 f803 77*1016" },

	{ "nothing", 0x12, TSPDM_ERR_TRUNCATED, "" },
	{ "nothing, 1.1", 0x11, TSPDM_ERR_TRUNCATED, "" },
	{ "the header of 1.2 in 1.1", 0x11, TSPDM_ERR_TRUNCATED, "00 000000" },
	{ "the header of 1.1 in 1.2", 0x12, TSPDM_ERR_TRUNCATED, TABLE "01 0000 " SELECT_11 },
	{ "SPDM 1.0", 0x10, TSPDM_ERR_ARGUMENT, TABLE "00 0000" },
	{ "SpecID", 0x11, TSPDM_ERR_FIELD, "444d5446 01 00 0000" },
	{ "OpaqueVersion 0", 0x11, TSPDM_ERR_FIELD, "46544d44 00 00 0000" },
	{ "OpaqueVersion 2", 0x11, TSPDM_ERR_FIELD, "46544d44 02 00 0000" },
	{ "one more counted", 0x12, TSPDM_ERR_TRUNCATED, "02 000000 " LIST_11 },
	{ "255 counted", 0x12, TSPDM_ERR_TRUNCATED, "ff 000000 " LIST_11 },
	{ "one counted, none there", 0x12, TSPDM_ERR_TRUNCATED, "01 000000" },
	{ "one fewer counted", 0x12, TSPDM_ERR_TRAILING, "01 000000 " LIST_11 OTHER },
	{ "none counted, one there", 0x12, TSPDM_ERR_TRAILING, "00 000000 " LIST_11 },
	{ "none counted, one there, 1.1", 0x11, TSPDM_ERR_TRAILING, TABLE "00 0000 " SELECT_11 },
	{ "zeros behind the last", 0x12, TSPDM_ERR_TRAILING, "01 000000 " LIST_11 "00000000" },
	{ "without AlignPadding", 0x12, TSPDM_ERR_LENGTH, "01 000000 " DMTF("0500") "01 01 01 0011" },
	{ "without AlignPadding, 1.1", 0x11, TSPDM_ERR_LENGTH, TABLE "01 0000 " DMTF("0500") "01 01 01 0011" },
	{ "AlignPadding taken for data", 0x12, TSPDM_ERR_TRUNCATED, "01 000000 " DMTF("0900") "01 01 01 0011 000000" },
	{ "an element longer than told, into the next", 0x12, TSPDM_ERR_TRUNCATED,
		"02 000000 " DMTF("0800") "01 00 0011 " OTHER },
	{ "data past the end", 0x12, TSPDM_ERR_TRUNCATED, "01 000000 " DMTF("0d00") "01 01 01 0011 000000" },
	{ "data of 65535", 0x12, TSPDM_ERR_TRUNCATED, "01 000000 " DMTF("ffff") "01 01 01 0011 000000" },
	{ "VendorID past the end", 0x12, TSPDM_ERR_TRUNCATED, "01 000000 03 ff 3412" },
	{ "VendorID up to the end", 0x12, TSPDM_ERR_TRUNCATED, "01 000000 03 02 3412" },
	{ "half an OpaqueElementDataLen", 0x12, TSPDM_ERR_TRUNCATED, "01 000000 03 01 34 00" },
	{ "the DMTF with a VendorID", 0x12, TSPDM_ERR_LENGTH, "01 000000 00 02 3412 0000 0000" },
	{ "over 1024", 0x12, TSPDM_ERR_LENGTH, "01 000000 01 00 fc03 77*1020" },
	{ "not a multiple of four", 0x12, TSPDM_ERR_LENGTH, "01 000000 " LIST_11 "00" },
	{ "one byte", 0x12, TSPDM_ERR_LENGTH, "00" },
};

static void a_container_is_judged_as_a_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(containers); i++) {
		struct tspdm_shape shape = shape_of(containers[i].version);
		struct tspdm_view opaque = message_of(containers[i].bytes);
		struct tspdm_opaque container;

		assert_status(tspdm_read_opaque(opaque, &shape, &container), containers[i].status, containers[i].name);
		free((void *)opaque.ptr);
	}
}

static void elements_come_one_by_one(void **state)
{
	struct tspdm_shape shape = shape_of(TSPDM_V12);
	struct tspdm_view opaque = message_of("02 000000 " OTHER SELECT_11);
	struct tspdm_opaque_element element;
	struct tspdm_opaque container;

	(void)state;
	assert_int_equal(tspdm_read_opaque(opaque, &shape, &container), TSPDM_OK);
	assert_int_equal(container.count, 2);
	assert_int_equal(tspdm_next_opaque_element(&container.elements, &element), TSPDM_OK);
	assert_int_equal(element.id, 3);
	assert_int_equal(element.vendor_id.len, 2);
	assert_memory_equal(element.vendor_id.ptr, "\x34\x12", 2);
	assert_int_equal(element.data.len, 1);
	assert_int_equal(element.data.ptr[0], 0x77);
	assert_int_equal(tspdm_next_opaque_element(&container.elements, &element), TSPDM_OK);
	assert_int_equal(element.id, 0);
	assert_int_equal(element.data.len, 4);
	assert_int_equal(container.elements.len, 0);
	assert_int_equal(tspdm_next_opaque_element(&container.elements, &element), TSPDM_ERR_TRUNCATED);
	free((void *)opaque.ptr);
}

static const struct agreement_case {
	const char *name;
	uint8_t version;
	enum tspdm_status offer, selection;
	const char *bytes;
	uint8_t limit;
} agreements[] = {
	{ "a list", 0x12, TSPDM_OK, TSPDM_ERR_FIELD, "01 000000 " LIST_11, 64 },
	{ "a selection", 0x12, TSPDM_ERR_FIELD, TSPDM_OK, "01 000000 " SELECT_11, 64 },
	{ "a list, 1.1", 0x11, TSPDM_OK, TSPDM_ERR_FIELD, TABLE "01 0000 " LIST_11, 64 },
	{ "a selection, 1.1", 0x11, TSPDM_ERR_FIELD, TSPDM_OK, TABLE "01 0000 " SELECT_11, 64 },
	{ "another body's element is skipped", 0x12, TSPDM_OK, TSPDM_ERR_FIELD, "02 000000 " OTHER LIST_11, 64 },
	{ "an unknown SMDataID is skipped", 0x12, TSPDM_ERR_FIELD, TSPDM_OK,
		"02 000000 " DMTF("0400") "01 03 ffff " SELECT_11, 64 },
	{ "a limit behind", 0x12, TSPDM_OK, TSPDM_ERR_FIELD, "02 000000 " LIST_11 LIMIT("20"), 32 },
	{ "a limit before", 0x12, TSPDM_ERR_FIELD, TSPDM_OK, "02 000000 " LIMIT("00") SELECT_11, 0 },
	{ "the greatest limit", 0x12, TSPDM_OK, TSPDM_ERR_FIELD, "02 000000 " LIST_11 LIMIT("40"), 64 },

	{ "empty", 0x12, TSPDM_ERR_TRUNCATED, TSPDM_ERR_TRUNCATED, "", 0 },
	{ "no elements", 0x12, TSPDM_ERR_FIELD, TSPDM_ERR_FIELD, "00 000000", 0 },
	{ "another body's alone", 0x12, TSPDM_ERR_FIELD, TSPDM_ERR_FIELD, "01 000000 " OTHER, 0 },
	{ "a limit alone", 0x12, TSPDM_ERR_FIELD, TSPDM_ERR_FIELD, "01 000000 " LIMIT("20"), 0 },
	{ "two lists", 0x12, TSPDM_ERR_FIELD, TSPDM_ERR_FIELD, "02 000000 " LIST_11 LIST_11, 0 },
	{ "two selections", 0x12, TSPDM_ERR_FIELD, TSPDM_ERR_FIELD, "02 000000 " SELECT_11 SELECT_11, 0 },
	{ "two limits", 0x12, TSPDM_ERR_FIELD, TSPDM_ERR_FIELD, "03 000000 " LIST_11 LIMIT("20") LIMIT("20"), 0 },
	{ "limit 65", 0x12, TSPDM_ERR_FIELD, TSPDM_ERR_FIELD, "02 000000 " LIST_11 LIMIT("41"), 0 },
	{ "limit 255", 0x12, TSPDM_ERR_FIELD, TSPDM_ERR_FIELD, "02 000000 " SELECT_11 LIMIT("ff"), 0 },
	{ "SMDataVersion 0", 0x12, TSPDM_ERR_FIELD, TSPDM_ERR_FIELD, "01 000000 " DMTF("0400") "00 00 0011", 0 },
	{ "SMDataVersion 2", 0x12, TSPDM_ERR_FIELD, TSPDM_ERR_FIELD, "01 000000 " DMTF("0500") "02 01 01 0011 000000",
		0 },
	{ "an empty element", 0x12, TSPDM_ERR_LENGTH, TSPDM_ERR_LENGTH, "01 000000 " DMTF("0000"), 0 },
	{ "SMDataVersion alone", 0x12, TSPDM_ERR_LENGTH, TSPDM_ERR_LENGTH, "01 000000 " DMTF("0100") "01 000000", 0 },
	{ "SMDataID alone", 0x12, TSPDM_ERR_LENGTH, TSPDM_ERR_LENGTH, "01 000000 " DMTF("0200") "01 01 0000", 0 },
	{ "half a selection", 0x12, TSPDM_ERR_LENGTH, TSPDM_ERR_LENGTH, "01 000000 " DMTF("0300") "01 00 11 00", 0 },
	{ "a selection of two", 0x12, TSPDM_ERR_LENGTH, TSPDM_ERR_LENGTH,
		"01 000000 " DMTF("0600") "01 00 0011 0012 0000", 0 },
	{ "an empty list", 0x12, TSPDM_ERR_LENGTH, TSPDM_ERR_FIELD, "01 000000 " DMTF("0300") "01 01 00 00", 0 },
	{ "one more in the list", 0x12, TSPDM_ERR_LENGTH, TSPDM_ERR_LENGTH,
		"01 000000 " DMTF("0500") "01 01 02 0011 000000", 0 },
	{ "255 in the list", 0x12, TSPDM_ERR_LENGTH, TSPDM_ERR_LENGTH, "01 000000 " DMTF("0500") "01 01 ff 0011 000000",
		0 },
	{ "one less in the list", 0x12, TSPDM_ERR_LENGTH, TSPDM_ERR_LENGTH,
		"01 000000 " DMTF("0700") "01 01 01 0011 0012 00", 0 },
	{ "half a version in the list", 0x12, TSPDM_ERR_LENGTH, TSPDM_ERR_LENGTH,
		"01 000000 " DMTF("0600") "01 01 01 0011 00 0000", 0 },
	{ "a limit of two bytes", 0x12, TSPDM_ERR_LENGTH, TSPDM_ERR_LENGTH,
		"02 000000 " LIST_11 DMTF("0400") "01 02 2000", 0 },
	{ "the container ends early", 0x12, TSPDM_ERR_TRUNCATED, TSPDM_ERR_TRUNCATED, "02 000000 " LIST_11, 0 },
	{ "the container goes on", 0x12, TSPDM_ERR_TRAILING, TSPDM_ERR_TRAILING, "01 000000 " LIST_11 OTHER, 0 },
};

static void an_agreement_has_one_list_or_one_selection(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(agreements); i++) {
		const struct agreement_case *c = &agreements[i];
		struct tspdm_shape shape = shape_of(c->version);
		struct tspdm_view opaque = message_of(c->bytes);
		struct tspdm_supported_versions offer;
		struct tspdm_selected_version selection;

		assert_status(tspdm_read_supported_versions(opaque, &shape, &offer), c->offer, c->name);
		assert_status(tspdm_read_selected_version(opaque, &shape, &selection), c->selection, c->name);
		if (c->offer == TSPDM_OK) {
			assert_int_equal(offer.count, 1);
			assert_int_equal(tspdm_supported_version(&offer, 0), 0x1100);
			assert_int_equal(tspdm_supported_version(&offer, 1), 0);
			assert_int_equal(offer.aead_limit, c->limit);
		}
		if (c->selection == TSPDM_OK) {
			assert_int_equal(selection.version, 0x1100);
			assert_int_equal(selection.aead_limit, c->limit);
		}
		free((void *)opaque.ptr);
	}
}

static void an_offer_is_written_with_its_limit(void **state)
{
	static const uint16_t versions[] = { 0x1000, 0x1100, 0x1234 };
	struct tspdm_view expected =
		message_of("02 000000 " DMTF("0900") "01 01 03 0010 0011 3412 000000 " LIMIT("20"));
	struct tspdm_shape shape = shape_of(TSPDM_V13);
	uint8_t bytes[64];
	struct tspdm_buffer out = { bytes, sizeof bytes, 0 };

	(void)state;
	assert_int_equal(tspdm_write_supported_versions(&out, &shape, versions, 3, 32), TSPDM_OK);
	assert_int_equal(out.len, expected.len);
	assert_memory_equal(bytes, expected.ptr, out.len);
	out = (struct tspdm_buffer){ bytes, expected.len - 1, 0 };
	assert_int_equal(tspdm_write_supported_versions(&out, &shape, versions, 3, 32), TSPDM_ERR_BUFFER);
	assert_int_equal(out.len, expected.len);
	free((void *)expected.ptr);
}

static void what_no_opaque_data_can_carry_is_refused(void **state)
{
	static uint8_t room[2048];
	static const uint16_t versions[] = { 0x1100 };
	struct tspdm_shape shape = shape_of(TSPDM_V12), old = shape_of(TSPDM_V10);
	struct tspdm_selected_version beyond = { 0x1100, TSPDM_AEAD_LIMIT_NONE + 1 }, good = { 0x1100, 0 };
	struct tspdm_opaque_element vendor = { 1, { room, 256 }, { 0 } }, data = { 1, { 0 }, { room, 1025 } },
				    dmtf = { 0, { room, 1 }, { 0 } };
	uint8_t bytes[64];
	struct tspdm_buffer out = { bytes, sizeof bytes, 0 };

	(void)state;
	assert_int_equal(tspdm_write_supported_versions(&out, &shape, versions, 0, 64), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_write_supported_versions(&out, &shape, versions, 1, 65), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_write_supported_versions(&out, &old, versions, 1, 64), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_write_selected_version(&out, &shape, &beyond), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_write_selected_version(&out, &old, &good), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_write_opaque_header(&out, &old, 1), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_write_opaque_element(&out, &vendor), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_write_opaque_element(&out, &data), TSPDM_ERR_ARGUMENT);
	assert_int_equal(tspdm_write_opaque_element(&out, &dmtf), TSPDM_ERR_ARGUMENT);
	assert_int_equal(out.len, 0);
}

/* A vector's name begins with the direction, and tells the container. */
static void check_vector(const char *name, struct tspdm_view opaque)
{
	struct tspdm_shape shape = shape_of(strstr(name, "Fmt1") != NULL ? TSPDM_V12 : TSPDM_V11);
	struct tspdm_supported_versions offer;
	struct tspdm_selected_version selection;
	uint16_t versions[4];
	uint8_t bytes[64];
	struct tspdm_buffer out = { bytes, sizeof bytes, 0 };

	if (strncmp(name, "KEY_EXCHANGE_RSP", 16) == 0) {
		assert_status(tspdm_read_selected_version(opaque, &shape, &selection), TSPDM_OK, name);
		assert_int_equal(selection.version, 0x1100);
		assert_int_equal(tspdm_write_selected_version(&out, &shape, &selection), TSPDM_OK);
	} else {
		assert_status(tspdm_read_supported_versions(opaque, &shape, &offer), TSPDM_OK, name);
		assert_true(offer.count >= 1 && offer.count <= COUNT(versions));
		for (unsigned i = 0; i < offer.count; i++)
			versions[i] = tspdm_supported_version(&offer, i);
		assert_int_equal(tspdm_write_supported_versions(&out, &shape, versions, offer.count, offer.aead_limit),
			TSPDM_OK);
	}
	assert_int_equal(out.len, opaque.len);
	assert_memory_equal(bytes, opaque.ptr, out.len);
}

static void the_vectors_are_read_and_written(void **state)
{
	json_t *vectors = json_load_file(TSPDM_SHARED_DIR "/vectors/key-schedule.json", 0, NULL);
	json_t *list = json_object_get(vectors, "opaque_data");

	(void)state;
	if (vectors == NULL) {
		print_message("# SKIP no vectors in %s\n", TSPDM_SHARED_DIR);
		skip();
	}
	assert_true(json_array_size(list) >= 5);
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *vector = json_array_get(list, i);
		struct tspdm_view opaque = message_of(json_string_value(json_object_get(vector, "bytes")));

		check_vector(json_string_value(json_object_get(vector, "name")), opaque);
		free((void *)opaque.ptr);
	}
	json_decref(vectors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_container_is_judged_as_a_whole),
		cmocka_unit_test(elements_come_one_by_one),
		cmocka_unit_test(an_agreement_has_one_list_or_one_selection),
		cmocka_unit_test(an_offer_is_written_with_its_limit),
		cmocka_unit_test(what_no_opaque_data_can_carry_is_refused),
		cmocka_unit_test(the_vectors_are_read_and_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
