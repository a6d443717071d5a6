/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The PCK certificate's extension: every cut and every changed length or tag of one that is sound. The extension is made
 * here, so that no signature stands before its reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/objects.h>

#include "../../backends/dcap/internal.h"

enum { DER_MAX = 1024 };

struct der {
	uint8_t bytes[DER_MAX];
	size_t len;
};

static void put(struct der *d, uint8_t tag, const void *value, size_t len)
{
	assert_true(d->len + len + 4 <= sizeof d->bytes);
	d->bytes[d->len++] = tag;
	if (len > 0xFF) {
		d->bytes[d->len++] = 0x82;
		d->bytes[d->len++] = (uint8_t)(len >> 8);
	} else if (len > 0x7F) {
		d->bytes[d->len++] = 0x81;
	}
	d->bytes[d->len++] = (uint8_t)len;
	memcpy(d->bytes + d->len, value, len);
	d->len += len;
}

/* @param sub  0: none */
static void put_pair(struct der *d, uint8_t number, uint8_t sub, uint8_t tag, const void *value, size_t len)
{
	const uint8_t oid[] = { 0x2A, 0x86, 0x48, 0x86, 0xF8, 0x4D, 0x01, 0x0D, 0x01, number, sub };
	struct der pair = { .len = 0 };

	put(&pair, 6, oid, sub != 0 ? 11 : 10);
	put(&pair, tag, value, len);
	put(d, 0x30, pair.bytes, pair.len);
}

/* What differs from a sound extension. */
struct change {
	const char *name;
	uint8_t without, twice;         /* a field's number */
	uint8_t tcb_without, tcb_twice; /* an entry's of the TCB */
	const char *svn;                /* content of the INTEGER of component 5 */
	size_t svn_len;
	uint8_t fmspc_len;
	bool reversed;
};

static void put_tcb(struct der *list, const struct change *change)
{
	static const uint8_t cpu_svn[16] = { 1, 2, 3 };
	struct der tcb = { .len = 0 };

	for (uint8_t i = 1; i <= 18; i++)
		for (unsigned k = i == change->tcb_without ? 1 : 0; k < (i == change->tcb_twice ? 2U : 1U); k++)
			if (i == 18)
				put_pair(&tcb, 2, i, 4, cpu_svn, sizeof cpu_svn);
			else if (i == 17)
				put_pair(&tcb, 2, i, 2, "\x01\x02", 2);
			else if (i == 5)
				put_pair(&tcb, 2, i, 2, change->svn != NULL ? change->svn : "\0\xFF",
					change->svn != NULL ? change->svn_len : 2);
			else
				put_pair(&tcb, 2, i, 2, &i, 1);
	put_pair(list, 2, 0, 0x30, tcb.bytes, tcb.len);
}

static void put_field(struct der *list, uint8_t number, const struct change *change)
{
	static const uint8_t bytes[16] = { 0xAA };

	switch (number) {
	case 1:
		put_pair(list, 1, 0, 4, bytes, 16);
		return;
	case 2:
		put_tcb(list, change);
		return;
	case 3:
		put_pair(list, 3, 0, 4, "\0\1", 2);
		return;
	case 4:
		put_pair(list, 4, 0, 4, bytes, change->fmspc_len != 0 ? change->fmspc_len : 6);
		return;
	default:
		put_pair(list, 5, 0, 10, "\1", 1);
	}
}

static struct der build(const struct change *change)
{
	struct der list = { .len = 0 };
	struct der out = { .len = 0 };

	for (uint8_t i = 1; i <= 5; i++) {
		uint8_t number = change->reversed ? (uint8_t)(6 - i) : i;

		for (unsigned k = number == change->without ? 1 : 0; k < (number == change->twice ? 2U : 1U); k++)
			put_field(&list, number, change);
	}
	put(&out, 0x30, list.bytes, list.len);
	return out;
}

static enum tspdm_status read_value(const uint8_t *bytes, size_t len, unsigned times, struct tspdm_pck *out)
{
	X509 *certificate = X509_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("1.2.840.113741.1.13.1", 1);
	ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;
	enum tspdm_status status;
	const char *why;

	assert_int_equal(ASN1_OCTET_STRING_set(data, bytes, (int)len), 1);
	extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, data);
	for (unsigned i = 0; i < times; i++)
		assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	status = tspdm_dcap_read_pck(certificate, out, &why);
	assert_true((status == TSPDM_OK) == (why == NULL) && (status == TSPDM_OK) == out->is_read);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(data);
	ASN1_OBJECT_free(oid);
	X509_free(certificate);
	return status;
}

static void a_sound_extension_is_read_in_any_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct change change = { .reversed = i == 1 };
		struct der d = build(&change);
		struct tspdm_pck pck;

		assert_int_equal(read_value(d.bytes, d.len, 1, &pck), TSPDM_OK);
		assert_int_equal(pck.component_svn[0], 1);
		assert_int_equal(pck.component_svn[4], 255);
		assert_int_equal(pck.component_svn[15], 16);
		assert_int_equal(pck.pce_svn, 0x102);
		assert_int_equal(pck.cpu_svn[2], 3);
		assert_int_equal(pck.pce_id[1], 1);
		assert_int_equal(pck.fmspc[0], 0xAA);
		assert_int_equal(pck.sgx_type, 1);
		assert_false(pck.has_platform);
	}
}

static void what_is_missing_double_or_out_of_range_is_refused(void **state)
{
	static const struct change changes[] = {
		{ .name = "no PPID", .without = 1 },
		{ .name = "no TCB", .without = 2 },
		{ .name = "no PCEID", .without = 3 },
		{ .name = "no FMSPC", .without = 4 },
		{ .name = "no type", .without = 5 },
		{ .name = "two FMSPCs", .twice = 4 },
		{ .name = "two TCBs", .twice = 2 },
		{ .name = "no component 1", .tcb_without = 1 },
		{ .name = "no component 16", .tcb_without = 16 },
		{ .name = "no PCESVN", .tcb_without = 17 },
		{ .name = "no CPUSVN", .tcb_without = 18 },
		{ .name = "component twice", .tcb_twice = 5 },
		{ .name = "PCESVN twice", .tcb_twice = 17 },
		{ .name = "256", .svn = "\1\0", .svn_len = 2 },
		{ .name = "negative", .svn = "\xFF", .svn_len = 1 },
		{ .name = "zero in front", .svn = "\0\1", .svn_len = 2 },
		{ .name = "empty", .svn = "", .svn_len = 0 },
		{ .name = "long", .svn = "\1\1\1\1", .svn_len = 4 },
		{ .name = "short FMSPC", .fmspc_len = 5 },
		{ .name = "long FMSPC", .fmspc_len = 7 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		struct der d = build(&changes[i]);
		struct tspdm_pck pck;

		if (read_value(d.bytes, d.len, 1, &pck) != TSPDM_ERR_EVIDENCE_CHAIN)
			fail_msg("taken: %s", changes[i].name);
	}
}

static void an_extension_that_is_cut_or_stands_twice_or_nowhere_is_refused(void **state)
{
	struct change none = { .name = "" };
	struct der d = build(&none);
	struct tspdm_pck pck;

	(void)state;
	for (size_t len = 0; len < d.len; len++) {
		uint8_t *exact = malloc(len + 1);

		memcpy(exact, d.bytes, len);
		assert_int_equal(read_value(exact, len, 1, &pck), TSPDM_ERR_EVIDENCE_CHAIN);
		free(exact);
	}
	d.bytes[d.len] = 0;
	assert_int_equal(read_value(d.bytes, d.len + 1, 1, &pck), TSPDM_ERR_EVIDENCE_CHAIN);
	assert_int_equal(read_value(d.bytes, d.len, 2, &pck), TSPDM_ERR_EVIDENCE_CHAIN);
	assert_int_equal(read_value(d.bytes, d.len, 0, &pck), TSPDM_ERR_EVIDENCE_CHAIN);
}

/* Whatever a byte is changed to, the reader ends and never says that it read something that it did not. */
static void no_changed_byte_leads_astray(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x30, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFF };
	struct change none = { .name = "" };
	struct der d = build(&none);
	struct tspdm_pck pck;

	(void)state;
	for (size_t i = 0; i < d.len; i++)
		for (size_t v = 0; v < sizeof values; v++) {
			uint8_t was = d.bytes[i];

			d.bytes[i] = values[v];
			(void)read_value(d.bytes, d.len, 1, &pck); /* asserts that status and result agree */
			d.bytes[i] = was;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_extension_is_read_in_any_order),
		cmocka_unit_test(what_is_missing_double_or_out_of_range_is_refused),
		cmocka_unit_test(an_extension_that_is_cut_or_stands_twice_or_nowhere_is_refused),
		cmocka_unit_test(no_changed_byte_leads_astray),
	};

	return cmocka_run_group_tests_name("dcap pck", tests, NULL, NULL);
}
