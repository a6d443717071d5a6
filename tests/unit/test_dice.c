/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What certificates say of devices: the DICE extensions, in the bytes that they have and in those that they must not
 * have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <tspdm/openssl.h>

#include "../backends/device-report/dice.h"

#define VIEW(array) ((struct tspdm_view){ (array), sizeof(array) })
#define TEXT_IS(view, text) assert_true((view).len == strlen(text) && memcmp((view).ptr, text, (view).len) == 0)

/* Each field once. */
/* clang-format off */
static const uint8_t full[] = {
	0x30, 0x58,                               /* SEQUENCE */
	0x80, 0x02, 'v', 'e',                     /* vendor */
	0x81, 0x02, 'm', 'o',                     /* model */
	0x82, 0x02, 'v', '1',                     /* version */
	0x83, 0x01, 0x07,                         /* svn */
	0x84, 0x01, 0x02,                         /* layer */
	0x85, 0x02, 0x00, 0x80,                   /* index 128 */
	0xa6, 0x19, 0x30, 0x17, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x04, 0x10, /* fwids: one of an unknown hash */
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, /* its digest */
	0x87, 0x02, 0x04, 0x10,                   /* flags: debug */
	0x88, 0x01, 0xaa,                         /* vendorInfo */
	0x89, 0x01, 0xbb,                         /* type */
	0x8a, 0x02, 0x00, 0xff,                   /* flagsMask: the first eight */
	0xab, 0x17, 0x30, 0x15, 0x80, 0x01, 'r', 0x81, 0x01, 0x05, 0xa2, 0x0d, /* one register */
	0x30, 0x0b, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x04, 0x04, 9, 8, 7, 6, /* its digest */
};

/* SEQUENCE { 1, a key, FWID of SHA-256 } */
static const uint8_t composite[] = {
	0x30, 0x36, 0x02, 0x01, 0x01, 0x30, 0x02, 0x05, 0x00,
	0x30, 0x2d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x20,
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
};

/* clang-format on */

static struct tspdm_dice *dice;

static int set_up(void **state)
{
	(void)state;
	dice = calloc(1, sizeof *dice);
	return dice != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(dice);
	return 0;
}

static bool reads(bool (*read)(struct tspdm_view, struct tspdm_dice *), const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len != 0 ? len : 1); /* exact, so that a read beyond shows */
	bool is_good;

	assert_non_null(copy);
	if (len != 0)
		memcpy(copy, bytes, len);
	memset(dice, 0, sizeof *dice);
	is_good = read((struct tspdm_view){ copy, len }, dice);
	free(copy);
	return is_good;
}

static void all_fields_of_a_tcb_info_are_read(void **state)
{
	const struct tspdm_dice_tcb_info *i = &dice->tcb_infos[0];

	(void)state;
	memset(dice, 0, sizeof *dice);
	assert_true(tspdm_dice_read_tcb_info(VIEW(full), dice));
	assert_int_equal(dice->tcb_info_count, 1);
	assert_int_equal(i->form, TSPDM_DICE_TCG);
	TEXT_IS(i->vendor, "ve");
	TEXT_IS(i->model, "mo");
	TEXT_IS(i->version, "v1");
	assert_true(i->has_svn && i->svn == 7 && i->has_layer && i->layer == 2 && i->has_index && i->index == 128);
	assert_int_equal(i->fwid_count, 1);
	assert_int_equal(i->fwids[0].hash, 0);
	assert_int_equal(i->fwids[0].digest.len, 16);
	assert_true(i->has_flags && i->flags == TSPDM_DICE_DEBUG);
	assert_true(i->has_flags_mask && i->flags_mask == 0xff);
	assert_true(i->vendor_info.len == 1 && i->vendor_info.ptr[0] == 0xaa && i->type.ptr[0] == 0xbb);
	assert_int_equal(i->register_count, 1);
	TEXT_IS(i->registers[0].name, "r");
	assert_int_equal(i->registers[0].number, 5);
	assert_int_equal(i->registers[0].digests[0].digest.ptr[3], 6);
}

static void the_form_of_earlier_devices_is_read(void **state)
{
	const struct tspdm_dice_tcb_info *i = &dice->tcb_infos[0];

	(void)state;
	memset(dice, 0, sizeof *dice);
	assert_true(tspdm_dice_read_tcb_info(VIEW(composite), dice));
	assert_int_equal(i->form, TSPDM_DICE_COMPOSITE);
	assert_int_equal(i->device_key.len, 4);
	assert_int_equal(i->fwid_count, 1);
	assert_int_equal(i->fwids[0].hash, TSPDM_HASH_SHA256);
	assert_int_equal(i->fwids[0].digest.ptr[31], 32);
	assert_false(i->has_flags);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof full; len++)
		assert_false(reads(tspdm_dice_read_tcb_info, full, len));
	for (size_t len = 0; len < sizeof composite; len++)
		assert_false(reads(tspdm_dice_read_tcb_info, composite, len));
}

/* The same with the outer length made to fit, so that the cut is inside: only between two fields is that a TcbInfo. */
static void a_cut_inside_of_a_field_is_refused(void **state)
{
	static const size_t between[] = { 2, 6, 10, 14, 17, 20, 24, 51, 55, 58, 61, 65, sizeof full };
	uint8_t cut[sizeof full];
	size_t next = 0;

	(void)state;
	for (size_t len = 2; len < sizeof full; len++) {
		bool is_between = between[next] == len;

		next += is_between ? 1 : 0;
		memcpy(cut, full, len);
		cut[1] = (uint8_t)(len - 2);
		assert_int_equal(reads(tspdm_dice_read_tcb_info, cut, len), is_between);
	}
}

static void a_byte_behind_the_end_is_refused(void **state)
{
	uint8_t longer[sizeof full + 1] = { 0 };

	(void)state;
	memcpy(longer, full, sizeof full);
	assert_false(reads(tspdm_dice_read_tcb_info, longer, sizeof longer));
	memcpy(longer, composite, sizeof composite);
	assert_false(reads(tspdm_dice_read_tcb_info, longer, sizeof composite + 1));
}

struct row {
	const char *what;
	bool (*read)(struct tspdm_view, struct tspdm_dice *);
	bool is_good;
	uint8_t len;
	uint8_t bytes[48];
};

#define BYTES(...)                                                                                                     \
	sizeof((const uint8_t[]){ __VA_ARGS__ }),                                                                      \
	{                                                                                                              \
		__VA_ARGS__                                                                                            \
	}
#define TCB tspdm_dice_read_tcb_info
#define MULTI tspdm_dice_read_multi_tcb_info
#define UEID tspdm_dice_read_ueid
#define WRAP tspdm_dice_read_dice_wrapper
#define PKIX tspdm_dice_read_pkix_wrapper
#define NAMES tspdm_dice_read_names

static const struct row rows[] = {
	{ "an empty TcbInfo says nothing", TCB, true, BYTES(0x30, 0x00) },
	{ "a SET", TCB, false, BYTES(0x31, 0x00) },
	{ "a primitive SEQUENCE", TCB, false, BYTES(0x10, 0x00) },
	{ "an indefinite length", TCB, false, BYTES(0x30, 0x80, 0x00, 0x00) },
	{ "an indefinite length inside", TCB, false, BYTES(0x30, 0x04, 0xa6, 0x80, 0x00, 0x00) },
	{ "a length longer than need be", TCB, false, BYTES(0x30, 0x81, 0x03, 0x83, 0x01, 0x07) },
	{ "a length of more bytes than there are", TCB, false, BYTES(0x30, 0x84, 0xff, 0xff, 0xff, 0xff) },
	{ "a length of a length beyond any", TCB, false, BYTES(0x30, 0xfe, 0x01, 0x01, 0x01) },
	{ "fields that descend", TCB, false, BYTES(0x30, 0x06, 0x84, 0x01, 0x01, 0x83, 0x01, 0x01) },
	{ "a field that stands twice", TCB, false, BYTES(0x30, 0x06, 0x83, 0x01, 0x01, 0x83, 0x01, 0x01) },
	{ "a field that nobody knows", TCB, false, BYTES(0x30, 0x03, 0x8c, 0x01, 0x01) },
	{ "a field of a high tag", TCB, false, BYTES(0x30, 0x04, 0x9f, 0x1f, 0x01, 0x01) },
	{ "a field of another class", TCB, false, BYTES(0x30, 0x03, 0xc3, 0x01, 0x01) },
	{ "a constructed number", TCB, false, BYTES(0x30, 0x03, 0xa3, 0x01, 0x01) },
	{ "a primitive list of FWIDs", TCB, false, BYTES(0x30, 0x02, 0x86, 0x00) },
	{ "an empty list of FWIDs", TCB, false, BYTES(0x30, 0x02, 0xa6, 0x00) },
	{ "an empty number", TCB, false, BYTES(0x30, 0x02, 0x83, 0x00) },
	{ "a negative number", TCB, false, BYTES(0x30, 0x03, 0x83, 0x01, 0x80) },
	{ "a number with a zero too many", TCB, false, BYTES(0x30, 0x04, 0x83, 0x02, 0x00, 0x01) },
	{ "the largest number", TCB, true,
		BYTES(0x30, 0x0b, 0x83, 0x09, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff) },
	{ "a number of 65 bits", TCB, false, BYTES(0x30, 0x0b, 0x83, 0x09, 0x01, 0, 0, 0, 0, 0, 0, 0, 0) },
	{ "a number of 128 bits", TCB, false,
		BYTES(0x30, 0x12, 0x83, 0x10, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1) },
	{ "text that is not UTF-8", TCB, false, BYTES(0x30, 0x03, 0x80, 0x01, 0xff) },
	{ "text cut inside of a character", TCB, false, BYTES(0x30, 0x03, 0x80, 0x01, 0xc3) },
	{ "flags of no bits", TCB, true, BYTES(0x30, 0x03, 0x87, 0x01, 0x00) },
	{ "flags without their first byte", TCB, false, BYTES(0x30, 0x02, 0x87, 0x00) },
	{ "flags of no bits, less three", TCB, false, BYTES(0x30, 0x03, 0x87, 0x01, 0x03) },
	{ "flags with nine unused bits", TCB, false, BYTES(0x30, 0x04, 0x87, 0x02, 0x09, 0x00) },
	{ "flags with unused bits that are set", TCB, false, BYTES(0x30, 0x04, 0x87, 0x02, 0x04, 0x18) },
	{ "flags of 32 bits", TCB, true, BYTES(0x30, 0x07, 0x87, 0x05, 0x00, 0x10, 0x00, 0x00, 0x01) },
	{ "flags of 40 bits", TCB, false, BYTES(0x30, 0x08, 0x87, 0x06, 0x00, 0x10, 0x00, 0x00, 0x01, 0x00) },
	{ "a FWID without digest", TCB, false,
		BYTES(0x30, 0x09, 0xa6, 0x07, 0x30, 0x05, 0x06, 0x03, 0x2a, 0x03, 0x04) },
	{ "a FWID with an empty digest", TCB, false,
		BYTES(0x30, 0x0b, 0xa6, 0x09, 0x30, 0x07, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x04, 0x00) },
	{ "a FWID of SHA-256 that is too short", TCB, false,
		BYTES(0x30, 0x12, 0xa6, 0x10, 0x30, 0x0e, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
			0x01, 0x04, 0x01, 0xaa) },
	{ "a register without name and number", TCB, false,
		BYTES(0x30, 0x11, 0xab, 0x0f, 0x30, 0x0d, 0xa2, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x04,
			0x02, 1, 2) },
	{ "a register without digests", TCB, false, BYTES(0x30, 0x07, 0xab, 0x05, 0x30, 0x03, 0x80, 0x01, 'r') },
	{ "a composite of version 2", TCB, false, BYTES(0x30, 0x03, 0x02, 0x01, 0x02) },
	{ "a composite whose key is no sequence", TCB, false, BYTES(0x30, 0x05, 0x02, 0x01, 0x01, 0x05, 0x00) },
	{ "two of several", MULTI, true, BYTES(0x30, 0x07, 0x30, 0x03, 0x83, 0x01, 0x01, 0x30, 0x00) },
	{ "none of several", MULTI, false, BYTES(0x30, 0x00) },
	{ "more of several than there is room for", MULTI, false,
		BYTES(0x30, 0x12, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0, 0x30, 0) },
	{ "a UEID", UEID, true, BYTES(0x30, 0x05, 0x04, 0x03, 1, 2, 3) },
	{ "an empty UEID", UEID, false, BYTES(0x30, 0x02, 0x04, 0x00) },
	{ "a bare UEID", UEID, false, BYTES(0x04, 0x03, 1, 2, 3) },
	{ "a UEID and more", UEID, false, BYTES(0x30, 0x07, 0x04, 0x03, 1, 2, 3, 0x05, 0x00) },
	{ "a record", WRAP, true, BYTES(0x82, 0x63, 'a', '/', 'b', 0x41, 0x00) },
	{ "a record with an indicator", WRAP, true, BYTES(0x83, 0x18, 0x3c, 0x41, 0x00, 0x04) },
	{ "a record of indefinite length", WRAP, true, BYTES(0x9f, 0x18, 0x3c, 0x41, 0x00, 0xff) },
	{ "a record of indefinite length without end", WRAP, false, BYTES(0x9f, 0x18, 0x3c, 0x41, 0x00) },
	{ "a record of four", WRAP, false, BYTES(0x84, 0x18, 0x3c, 0x41, 0x00, 0x04, 0x04) },
	{ "a record whose value is cut", WRAP, false, BYTES(0x82, 0x18, 0x3c, 0x42, 0x00) },
	{ "a record whose value is of 2^64 - 1 bytes", WRAP, false,
		BYTES(0x82, 0x18, 0x3c, 0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff) },
	{ "a record whose type has a NUL", WRAP, false, BYTES(0x82, 0x62, 'a', 0x00, 0x41, 0x00) },
	{ "a record of an indicator of nothing", WRAP, false, BYTES(0x83, 0x18, 0x3c, 0x41, 0x00, 0x00) },
	{ "bytes behind a record", WRAP, false, BYTES(0x82, 0x18, 0x3c, 0x41, 0x00, 0x00) },
	{ "a tag", WRAP, true, BYTES(0xd9, 0xea, 0x60, 0x80) },
	{ "a tag in an OCTET STRING", WRAP, true, BYTES(0x04, 0x04, 0xd9, 0xea, 0x60, 0x80) },
	{ "a tag in a SEQUENCE", WRAP, true, BYTES(0x30, 0x06, 0x04, 0x04, 0xd9, 0xea, 0x60, 0x80) },
	{ "a tag in a SEQUENCE alone", WRAP, false, BYTES(0x30, 0x04, 0xd9, 0xea, 0x60, 0x80) },
	{ "a tag of nothing", WRAP, false, BYTES(0xd9, 0xea, 0x60) },
	{ "an argument of a length that is reserved", WRAP, false, BYTES(0xdc, 0x00, 0x00) },
	{ "a collection", WRAP, true, BYTES(0xa1, 0x61, 'e', 0x82, 0x18, 0x3c, 0x41, 0x00) },
	{ "a collection of more than there is", WRAP, false,
		BYTES(0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff) },
	{ "nothing", WRAP, false, 0, { 0 } },
	{ "JSON", WRAP, true, BYTES('[', '"', 'a', '"', ',', '"', 'b', '"', ',', '4', ']') },
	{ "JSON without value", WRAP, false, BYTES('[', '"', 'a', '"', ']') },
	{ "JSON cut", WRAP, false, BYTES('[', '"', 'a', '"', ',') },
	{ "CBOR for PKIX", PKIX, true, BYTES(0x04, 0x05, 0x82, 0x18, 0x3c, 0x41, 0x00) },
	{ "JSON for PKIX", PKIX, true, BYTES(0x0c, 0x02, '{', '}') },
	{ "JSON said to be CBOR", PKIX, false, BYTES(0x04, 0x02, '{', '}') },
	{ "CBOR said to be JSON", PKIX, false, BYTES(0x0c, 0x05, 0x82, 0x18, 0x3c, 0x41, 0x00) },
	{ "bare CBOR for PKIX", PKIX, false, BYTES(0x82, 0x18, 0x3c, 0x41, 0x00) },
	{ "names without DMTF's", NAMES, true, BYTES(0x30, 0x03, 0x82, 0x01, 'a') },
	{ "an otherName that is primitive", NAMES, false, BYTES(0x30, 0x03, 0x80, 0x01, 'a') },
	{ "DMTF's name that is no UTF8String", NAMES, false,
		BYTES(0x30, 0x13, 0xa0, 0x11, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0x1c, 0x82, 0x12, 0x01,
			0xa0, 0x03, 0x16, 0x01, 'a') },
	{ "DMTF's name", NAMES, true,
		BYTES(0x30, 0x13, 0xa0, 0x11, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0x1c, 0x82, 0x12, 0x01,
			0xa0, 0x03, 0x0c, 0x01, 'a') },
};

static void what_is_not_der_or_not_the_profile_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (reads(rows[i].read, rows[i].bytes, rows[i].len) != rows[i].is_good)
			fail_msg("%s", rows[i].what);
}

static void what_a_wrapper_holds_is_told(void **state)
{
	static const uint8_t record[] = { 0x83, 0x63, 'a', '/', 'b', 0x41, 0x00, 0x04 };
	static const uint8_t tag[] = { 0xda, 0x00, 0x1a, 0x75, 0x04, 0x80 };

	(void)state;
	memset(dice, 0, sizeof *dice);
	assert_true(tspdm_dice_read_dice_wrapper(VIEW(record), dice));
	assert_int_equal(dice->wrappers[0].form, TSPDM_WRAPPER_CBOR_RECORD);
	assert_string_equal(dice->wrappers[0].type, "a/b");
	assert_int_equal(dice->wrappers[0].indicator, 4);
	assert_true(tspdm_dice_read_dice_wrapper(VIEW(tag), dice));
	assert_int_equal(dice->wrappers[1].form, TSPDM_WRAPPER_CBOR_TAG);
	assert_int_equal(dice->wrappers[1].number, 0x1a7504);
	assert_false(tspdm_dice_read_dice_wrapper(VIEW(tag), dice));
}

/* ---- In certificates ---- */

static struct tspdm_openssl_extension extensions[4];
static size_t extension_count;

static enum tspdm_status give_extensions(
	void *context, struct tspdm_view spki, const struct tspdm_openssl_extension **out, size_t *count)
{
	(void)context;
	(void)spki;
	*out = extensions;
	*count = extension_count;
	return TSPDM_OK;
}

/* Makes a leaf with the extensions above and reads it. */
static enum tspdm_status read_leaf(void)
{
	const struct tspdm_openssl_make make = { .size = sizeof make, .single = true, .extensions = give_extensions };
	struct tspdm_openssl_identity *identity;
	struct tspdm_slot slot;
	enum tspdm_status status;

	assert_int_equal(tspdm_openssl_identity_make(&make, &identity), TSPDM_OK);
	tspdm_openssl_identity_slot(identity, &slot);
	status = tspdm_dice_read(slot.certificates, dice);
	tspdm_openssl_identity_free(identity);
	return status;
}

static void extensions_are_found_in_a_certificate(void **state)
{
	static const uint8_t ueid[] = { 0x30, 0x05, 0x04, 0x03, 1, 2, 3 };
	static const uint8_t multi[] = { 0x30, 0x07, 0x30, 0x03, 0x83, 0x01, 0x01, 0x30, 0x00 };

	(void)state;
	extensions[0] = (struct tspdm_openssl_extension){ TSPDM_OID_DICE_TCB_INFO, true, VIEW(full) };
	extensions[1] = (struct tspdm_openssl_extension){ TSPDM_OID_DICE_UEID, true, VIEW(ueid) };
	extensions[2] = (struct tspdm_openssl_extension){ TSPDM_OID_DICE_MULTI_TCB_INFO, false, VIEW(multi) };
	extension_count = 3;
	assert_int_equal(read_leaf(), TSPDM_OK);
	assert_int_equal(dice->tcb_info_count, 3);
	assert_int_equal(dice->ueid.len, 3);
}

static void a_certificate_that_says_nothing_is_none_the_worse(void **state)
{
	(void)state;
	extension_count = 0;
	assert_int_equal(read_leaf(), TSPDM_OK);
	assert_int_equal(dice->tcb_info_count + dice->wrapper_count + dice->ueid.len, 0);
}

static void a_malformed_extension_leaves_nothing_behind(void **state)
{
	static const uint8_t bad[] = { 0x30, 0x03, 0x83, 0x01, 0x80 };

	(void)state;
	extensions[0] = (struct tspdm_openssl_extension){ TSPDM_OID_DICE_TCB_INFO, false, VIEW(full) };
	extensions[1] = (struct tspdm_openssl_extension){ TSPDM_OID_DICE_MULTI_TCB_INFO, false, VIEW(bad) };
	extension_count = 2;
	assert_int_equal(read_leaf(), TSPDM_ERR_EVIDENCE_FORM);
	assert_int_equal(dice->tcb_info_count, 0);
}

static void an_extension_that_stands_twice_is_refused(void **state)
{
	(void)state;
	extensions[0] = (struct tspdm_openssl_extension){ TSPDM_OID_DICE_TCB_INFO, false, VIEW(full) };
	extensions[1] = extensions[0];
	extension_count = 2;
	assert_int_equal(read_leaf(), TSPDM_ERR_EVIDENCE_FORM);
}

static void what_is_no_certificate_is_refused(void **state)
{
	(void)state;
	assert_int_equal(tspdm_dice_read(VIEW(full), dice), TSPDM_ERR_CHAIN_FORM);
	assert_int_equal(tspdm_dice_read((struct tspdm_view){ NULL, 0 }, dice), TSPDM_ERR_CHAIN_FORM);
}

static void flags_have_names(void **state)
{
	(void)state;
	assert_string_equal(tspdm_dice_flag_name(3), "debug");
	assert_string_equal(tspdm_dice_flag_name(8), "not_tcb");
	assert_null(tspdm_dice_flag_name(9));
	assert_null(tspdm_dice_flag_name(32));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_fields_of_a_tcb_info_are_read),
		cmocka_unit_test(the_form_of_earlier_devices_is_read),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(a_cut_inside_of_a_field_is_refused),
		cmocka_unit_test(a_byte_behind_the_end_is_refused),
		cmocka_unit_test(what_is_not_der_or_not_the_profile_is_refused),
		cmocka_unit_test(what_a_wrapper_holds_is_told),
		cmocka_unit_test(extensions_are_found_in_a_certificate),
		cmocka_unit_test(a_certificate_that_says_nothing_is_none_the_worse),
		cmocka_unit_test(a_malformed_extension_leaves_nothing_behind),
		cmocka_unit_test(an_extension_that_stands_twice_is_refused),
		cmocka_unit_test(what_is_no_certificate_is_refused),
		cmocka_unit_test(flags_have_names),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
