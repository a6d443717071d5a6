/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The extensions of a certificate that speak of its device. OpenSSL says whether it is a certificate in DER; its extensions
 * are walked once more in the bytes given, so that what is found stays a view of them. */
#include "../openssl/internal.h"
#include "der.h"
#include "dice.h"

enum { EXTENSIONS_TAG = 3 };

static const uint8_t oid_device_info[] = { 0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0x1c, 0x82, 0x12, 0x01 };

#define OID(...)                                                                                                       \
	sizeof((const uint8_t[]){ __VA_ARGS__ }),                                                                      \
	{                                                                                                              \
		__VA_ARGS__                                                                                            \
	}
#define DICE_OID(last) OID(0x67, 0x81, 0x05, 0x05, 0x04, last)

static const struct known {
	size_t len;
	uint8_t oid[10];
	bool (*read)(struct tspdm_view value, struct tspdm_dice *out);
} known[] = {
	{ DICE_OID(1), tspdm_dice_read_tcb_info },
	{ DICE_OID(4), tspdm_dice_read_ueid },
	{ DICE_OID(5), tspdm_dice_read_multi_tcb_info },
	{ DICE_OID(9), tspdm_dice_read_dice_wrapper },
	{ OID(0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x23), tspdm_dice_read_pkix_wrapper },
	{ OID(0x55, 0x1d, 0x11), tspdm_dice_read_names },
};

enum { KNOWN = sizeof known / sizeof known[0] };

static unsigned find(struct tspdm_view oid)
{
	unsigned i = 0;

	while (i < KNOWN && !tspdm_der_equals(oid, known[i].oid, known[i].len))
		i++;
	return i;
}

/* OtherName ::= SEQUENCE { type-id OID, value [0] EXPLICIT ANY }, with the context tag 0 of GeneralName in place of its
 * own. */
static bool read_other_name(struct tspdm_view fields, struct tspdm_dice *out)
{
	struct tspdm_view oid, text, inner;
	struct der value;

	if (!tspdm_der_take(&fields, V_ASN1_OBJECT, &oid) || !tspdm_der_next(&fields, &value) || fields.len != 0)
		return false;
	if (!tspdm_der_equals(oid, oid_device_info, sizeof oid_device_info))
		return true;
	inner = value.content;
	if (value.class != V_ASN1_CONTEXT_SPECIFIC || value.tag != 0 || !value.is_constructed ||
		!tspdm_der_take(&inner, V_ASN1_UTF8STRING, &text) || inner.len != 0 || !tspdm_der_is_utf8(text))
		return false;
	if (out->device_info.len == 0)
		out->device_info = text;
	return true;
}

bool tspdm_dice_read_names(struct tspdm_view value, struct tspdm_dice *out)
{
	struct tspdm_view names;
	struct der name;

	if (!tspdm_der_take(&value, V_ASN1_SEQUENCE, &names) || value.len != 0)
		return false;
	while (names.len != 0) {
		if (!tspdm_der_next(&names, &name))
			return false;
		if (name.class == V_ASN1_CONTEXT_SPECIFIC && name.tag == 0 &&
			(!name.is_constructed || !read_other_name(name.content, out)))
			return false;
	}
	return true;
}

/* Extension ::= SEQUENCE { extnID OID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static bool read_extension(struct tspdm_view *list, unsigned *seen, struct tspdm_dice *out)
{
	struct tspdm_view fields, oid, critical, value;
	unsigned which;

	if (!tspdm_der_take(list, V_ASN1_SEQUENCE, &fields) || !tspdm_der_take(&fields, V_ASN1_OBJECT, &oid))
		return false;
	if (fields.len != 0 && fields.ptr[0] == V_ASN1_BOOLEAN && !tspdm_der_take(&fields, V_ASN1_BOOLEAN, &critical))
		return false;
	if (!tspdm_der_take(&fields, V_ASN1_OCTET_STRING, &value) || fields.len != 0)
		return false;
	which = find(oid);
	if (which == KNOWN)
		return true;
	if ((*seen & 1U << which) != 0) /* RFC 5280 "Standard Extensions": not more than one instance */
		return false;
	*seen |= 1U << which;
	return known[which].read(value, out);
}

static bool read_extensions(struct tspdm_view explicit_list, struct tspdm_dice *out)
{
	struct tspdm_view list;
	unsigned seen = 0;

	if (!tspdm_der_take(&explicit_list, V_ASN1_SEQUENCE, &list))
		return false;
	while (list.len != 0)
		if (!read_extension(&list, &seen, out))
			return false;
	return true;
}

/* The fields of TBSCertificate, of which the extensions are the one with context tag 3; OpenSSL has judged the others. */
static bool read_certificate(struct tspdm_view der, struct tspdm_dice *out)
{
	struct tspdm_view certificate, fields;
	struct der field;

	if (!tspdm_der_take(&der, V_ASN1_SEQUENCE, &certificate) ||
		!tspdm_der_take(&certificate, V_ASN1_SEQUENCE, &fields))
		return false;
	while (fields.len != 0) {
		if (!tspdm_der_next(&fields, &field))
			return false;
		if (field.class == V_ASN1_CONTEXT_SPECIFIC && field.tag == EXTENSIONS_TAG)
			return read_extensions(field.content, out);
	}
	return true;
}

enum tspdm_status tspdm_dice_read(struct tspdm_view certificate, struct tspdm_dice *out)
{
	enum tspdm_status status = TSPDM_ERR_CHAIN_FORM;
	X509 *parsed;

	*out = (struct tspdm_dice){ 0 };
	ERR_set_mark();
	parsed = tspdm_ossl_certificate(certificate);
	if (parsed != NULL)
		status = read_certificate(certificate, out) ? TSPDM_OK : TSPDM_ERR_EVIDENCE_FORM;
	X509_free(parsed);
	ERR_pop_to_mark();
	if (status != TSPDM_OK)
		*out = (struct tspdm_dice){ 0 };
	return status;
}
