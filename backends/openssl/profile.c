/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The certificate profile: what DSP0274 1.2 "Leaf certificate" and RFC 5280 ask of one certificate of a chain, apart
 * from signature and dates. */
#include <string.h>

#include <openssl/x509v3.h>

#include "internal.h"

#define OID_DMTF_SPDM "1.3.6.1.4.1.412.274."
#define OID_HARDWARE_IDENTITY OID_DMTF_SPDM "2"
#define OID_EKU_RESPONDER OID_DMTF_SPDM "3"
#define OID_EKU_REQUESTER OID_DMTF_SPDM "4"
#define OID_SPDM_EXTENSION OID_DMTF_SPDM "6"

/* Critical extensions that are known here but not to OpenSSL. The DICE ones carry evidence: whoever wants it reads it
 * from the leaf, nothing in them limits the use of the certificate. */
static const char *const understood[] = {
	OID_SPDM_EXTENSION, "2.23.133.5.4.1", /* DICE TcbInfo */
	"2.23.133.5.4.4",                     /* DICE Ueid */
	"2.23.133.5.4.5",                     /* DICE MultiTcbInfo */
	"2.23.133.5.4.6",                     /* DICE UCCS */
	"2.23.133.5.4.7",                     /* DICE manifest URI */
	"2.23.133.5.4.8",                     /* DICE TcbInfo composite */
	"2.23.133.5.4.9",                     /* DICE conceptual message wrapper */
};

static bool is_oid(const ASN1_OBJECT *object, const char *oid)
{
	char text[64];

	return OBJ_obj2txt(text, sizeof text, object, 1) > 0 && strcmp(text, oid) == 0;
}

enum tspdm_status tspdm_ossl_check_form(X509 *certificate)
{
	if (X509_get_version(certificate) != X509_VERSION_3)
		return TSPDM_ERR_CHAIN_FORM;
	/* EXFLAG_INVALID: an extension that OpenSSL knows is malformed, or there twice */
	if ((X509_get_extension_flags(certificate) & EXFLAG_INVALID) != 0)
		return TSPDM_ERR_CHAIN_FORM;
	return TSPDM_OK;
}

static bool is_understood(X509_EXTENSION *extension)
{
	if (X509_supported_extension(extension) == 1)
		return true;
	for (size_t i = 0; i < sizeof understood / sizeof understood[0]; i++)
		if (is_oid(X509_EXTENSION_get_object(extension), understood[i]))
			return true;
	return false;
}

/* RFC 5280 "Certificate Extensions": a critical extension that is not recognised makes the certificate unusable. */
enum tspdm_status tspdm_ossl_check_extensions(X509 *certificate)
{
	for (int i = 0; i < X509_get_ext_count(certificate); i++) {
		X509_EXTENSION *extension = X509_get_ext(certificate, i);

		if (X509_EXTENSION_get_critical(extension) && !is_understood(extension))
			return TSPDM_ERR_CHAIN_EXTENSION;
	}
	return TSPDM_OK;
}

/* DSP0274 "Leaf certificate", basicConstraints; RFC 5280 "Basic Constraints" and "Key Usage": a keyUsage that is there
 * must allow what the key does, one that is absent allows everything. */
enum tspdm_status tspdm_ossl_check_issuer(X509 *certificate)
{
	const uint32_t ca = EXFLAG_BCONS | EXFLAG_CA;

	if ((X509_get_extension_flags(certificate) & ca) != ca)
		return TSPDM_ERR_CHAIN_USAGE;
	return (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0 ? TSPDM_OK : TSPDM_ERR_CHAIN_USAGE;
}

/* The EKU that is for the other role must not stand alone. No EKU, and EKUs that are not SPDM's, do not limit. */
static enum tspdm_status check_eku(X509 *leaf, bool is_requester)
{
	const char *own = is_requester ? OID_EKU_REQUESTER : OID_EKU_RESPONDER;
	const char *other = is_requester ? OID_EKU_RESPONDER : OID_EKU_REQUESTER;
	bool has_own = false;
	bool has_other = false;
	int critical = 0;
	EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(leaf, NID_ext_key_usage, &critical, NULL);

	if (usages == NULL)
		return critical == -1 ? TSPDM_OK : TSPDM_ERR_CHAIN_FORM;
	for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
		has_own |= is_oid(sk_ASN1_OBJECT_value(usages, i), own);
		has_other |= is_oid(sk_ASN1_OBJECT_value(usages, i), other);
	}
	EXTENDED_KEY_USAGE_free(usages);
	return has_other && !has_own ? TSPDM_ERR_CHAIN_USAGE : TSPDM_OK;
}

static void free_sequence(ASN1_SEQUENCE_ANY *sequence)
{
	sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
}

/* SEQUENCE { OID, … }. False: malformed. */
static bool read_pair(const ASN1_TYPE *element, const char *oid, bool *has)
{
	const uint8_t *next;
	ASN1_SEQUENCE_ANY *pair;
	bool good;

	if (element->type != V_ASN1_SEQUENCE)
		return false;
	next = element->value.sequence->data;
	pair = d2i_ASN1_SEQUENCE_ANY(NULL, &next, element->value.sequence->length);
	good = sk_ASN1_TYPE_num(pair) >= 1 && sk_ASN1_TYPE_value(pair, 0)->type == V_ASN1_OBJECT;
	if (good)
		*has |= is_oid(sk_ASN1_TYPE_value(pair, 0)->value.object, oid);
	free_sequence(pair);
	return good;
}

/* Says whether id-DMTF-SPDM-extension, a SEQUENCE of such pairs, holds an OID. False: malformed. */
static bool read_spdm_extension(const ASN1_OCTET_STRING *value, const char *oid, bool *has)
{
	const uint8_t *next = ASN1_STRING_get0_data(value);
	const uint8_t *end = next + ASN1_STRING_length(value);
	ASN1_SEQUENCE_ANY *pairs = d2i_ASN1_SEQUENCE_ANY(NULL, &next, ASN1_STRING_length(value));
	bool good = pairs != NULL && next == end;

	for (int i = 0; good && i < sk_ASN1_TYPE_num(pairs); i++)
		good = read_pair(sk_ASN1_TYPE_value(pairs, i), oid, has);
	free_sequence(pairs);
	return good;
}

/* DSP0274 1.2 "Hardware identity OID": it must not be in an alias certificate, whose key is not the hardware's. */
static enum tspdm_status check_hardware_identity(X509 *leaf, bool is_alias)
{
	bool has = false;

	for (int i = 0; i < X509_get_ext_count(leaf); i++) {
		X509_EXTENSION *extension = X509_get_ext(leaf, i);

		if (!is_oid(X509_EXTENSION_get_object(extension), OID_SPDM_EXTENSION))
			continue;
		if (!read_spdm_extension(X509_EXTENSION_get_data(extension), OID_HARDWARE_IDENTITY, &has))
			return TSPDM_ERR_CHAIN_FORM;
	}
	return has && is_alias ? TSPDM_ERR_CHAIN_USAGE : TSPDM_OK;
}

/* DSP0274 1.2 "Leaf certificate": keyUsage is mandatory, with digitalSignature; what signs messages is no CA. */
enum tspdm_status tspdm_ossl_check_leaf(X509 *certificate, const struct tspdm_chain_check *check)
{
	uint32_t flags = X509_get_extension_flags(certificate);

	if (check->is_device_ca) /* it signs certificates, not messages */
		return tspdm_ossl_check_issuer(certificate);
	if ((flags & EXFLAG_CA) != 0 || (flags & EXFLAG_KUSAGE) == 0)
		return TSPDM_ERR_CHAIN_USAGE;
	if ((X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) == 0)
		return TSPDM_ERR_CHAIN_USAGE;
	TSPDM_TRY(check_eku(certificate, check->is_requester));
	return check_hardware_identity(certificate, check->is_alias);
}
