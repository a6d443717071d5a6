/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The extension of PCK certificates, 1.2.840.113741.1.13.1: pairs of OID and value, found by OID and not by order. Intel
 * "SGX PCK Certificate and Certificate Revocation List Profile Specification". */
#include <ctype.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/objects.h>

#include "base/cursor.h"
#include "internal.h"

#define SGX_EXTENSION "1.2.840.113741.1.13.1"

enum {
	DER_BOOLEAN = 1,
	DER_INTEGER = 2,
	DER_OCTETS = 4,
	DER_OID = 6,
	DER_ENUMERATED = 10,
	DER_SEQUENCE = 0x30,
	TCB_PCE_SVN = 17,
	TCB_CPU_SVN = 18,
};

/* What has to have been there, by the number after the extension's own OID. */
enum {
	HAS_PPID = 1 << 1,
	HAS_TCB = 1 << 2,
	HAS_PCE_ID = 1 << 3,
	HAS_FMSPC = 1 << 4,
	HAS_TYPE = 1 << 5,
	HAS_INSTANCE = 1 << 6,
	HAS_CONFIGURATION = 1 << 7,
	HAS_NEEDED = HAS_PPID | HAS_TCB | HAS_PCE_ID | HAS_FMSPC | HAS_TYPE,
	HAS_PLATFORM = HAS_INSTANCE | HAS_CONFIGURATION,
	HAS_ALL_TCB = (1 << 19) - 2, /* .1 to .18 */
	HAS_ALL_CONFIGURATION = 0xE, /* .1 to .3 */
};

/* DER "Length octets": definite, as short as it can be, at most two octets here. */
static size_t read_length(struct reader *r)
{
	uint8_t first = read_u8(r);
	size_t len = first;

	if (first < 0x80)
		return len;
	if (first == 0x81) {
		len = read_u8(r);
		r->failed |= len < 0x80;
	} else {
		len = (size_t)read_u8(r) << 8;
		len |= read_u8(r);
		r->failed |= first != 0x82 || len < 0x100;
	}
	return len;
}

static struct tspdm_view read_tlv(struct reader *r, uint8_t tag)
{
	uint8_t found = read_u8(r);
	size_t len = read_length(r);

	if (found != tag)
		r->failed = true;
	return read_view(r, r->failed ? 0 : len);
}

/* INTEGER or ENUMERATED from 0 to `max`; a zero octet stands before values with the highest bit set. */
static bool read_small(struct tspdm_view value, uint8_t tag, uint32_t max, uint16_t *out)
{
	struct reader r = reader_of(value);
	struct tspdm_view number = read_tlv(&r, tag);
	uint32_t sum = 0;

	if (read_end(&r) != TSPDM_OK || number.len == 0 || number.len > 3 || number.ptr[0] >= 0x80)
		return false;
	if (number.len > 1 && number.ptr[0] == 0 && number.ptr[1] < 0x80)
		return false;
	for (size_t i = 0; i < number.len; i++)
		sum = sum << 8 | number.ptr[i];
	*out = (uint16_t)sum;
	return sum <= max;
}

static bool read_octets(struct tspdm_view value, uint8_t *out, size_t len)
{
	struct reader r = reader_of(value);
	struct tspdm_view octets = read_tlv(&r, DER_OCTETS);

	if (read_end(&r) != TSPDM_OK || octets.len != len)
		return false;
	memcpy(out, octets.ptr, len);
	return true;
}

static bool read_boolean(struct tspdm_view value, bool *out)
{
	struct reader r = reader_of(value);
	struct tspdm_view octet = read_tlv(&r, DER_BOOLEAN);

	if (read_end(&r) != TSPDM_OK || octet.len != 1 || (octet.ptr[0] != 0 && octet.ptr[0] != 0xFF))
		return false;
	*out = octet.ptr[0] != 0;
	return true;
}

/* Takes one value; `number` is the last arc of its OID. */
typedef bool take(struct tspdm_pck *pck, uint8_t number, struct tspdm_view value);

/* Walks a SEQUENCE of pairs whose OIDs are the extension's, then `arc` (0: none), then one number. */
static bool walk(struct tspdm_view list, uint8_t arc, take *each, struct tspdm_pck *pck, uint32_t *seen)
{
	static const uint8_t own[] = { 0x2A, 0x86, 0x48, 0x86, 0xF8, 0x4D, 0x01, 0x0D, 0x01 };
	struct reader outer = reader_of(list);
	struct tspdm_view content = read_tlv(&outer, DER_SEQUENCE);
	struct reader r = reader_of(content);

	if (read_end(&outer) != TSPDM_OK)
		return false;
	while (!r.failed && r.left != 0) {
		struct tspdm_view bytes = read_tlv(&r, DER_SEQUENCE);
		struct reader pair = reader_of(bytes);
		struct tspdm_view oid = read_tlv(&pair, DER_OID);
		uint8_t number = oid.len != 0 ? oid.ptr[oid.len - 1] : 0;

		if (r.failed || pair.failed || oid.len != sizeof own + (arc != 0 ? 2U : 1U) ||
			memcmp(oid.ptr, own, sizeof own) != 0 || (arc != 0 && oid.ptr[sizeof own] != arc))
			return false;
		if (number == 0 || number > 31 || (*seen & UINT32_C(1) << number) != 0)
			return false; /* twice: which one should count? */
		*seen |= UINT32_C(1) << number;
		if (!each(pck, number, read_view(&pair, pair.left)))
			return false;
	}
	return !r.failed;
}

static bool take_tcb(struct tspdm_pck *pck, uint8_t number, struct tspdm_view value)
{
	uint16_t svn;

	if (number == TCB_PCE_SVN)
		return read_small(value, DER_INTEGER, UINT16_MAX, &pck->pce_svn);
	if (number == TCB_CPU_SVN)
		return read_octets(value, pck->cpu_svn, sizeof pck->cpu_svn);
	if (number >= TCB_PCE_SVN || !read_small(value, DER_INTEGER, UINT8_MAX, &svn))
		return false;
	pck->component_svn[number - 1] = (uint8_t)svn;
	return true;
}

static bool take_configuration(struct tspdm_pck *pck, uint8_t number, struct tspdm_view value)
{
	bool *const fields[] = { &pck->dynamic_platform, &pck->cached_keys, &pck->smt_enabled };

	return number > 3 || read_boolean(value, fields[number - 1]);
}

static bool take_type(struct tspdm_pck *pck, struct tspdm_view value)
{
	uint16_t type;

	if (!read_small(value, DER_ENUMERATED, UINT8_MAX, &type))
		return false;
	pck->sgx_type = (uint8_t)type;
	return true;
}

static bool take_field(struct tspdm_pck *pck, uint8_t number, struct tspdm_view value)
{
	uint32_t seen = 0;

	switch (number) {
	case 1:
		return read_octets(value, pck->ppid, sizeof pck->ppid);
	case 2:
		return walk(value, 2, take_tcb, pck, &seen) && (seen & HAS_ALL_TCB) == HAS_ALL_TCB;
	case 3:
		return read_octets(value, pck->pce_id, sizeof pck->pce_id);
	case 4:
		return read_octets(value, pck->fmspc, sizeof pck->fmspc);
	case 5:
		return take_type(pck, value);
	case 6:
		return read_octets(value, pck->platform_instance, sizeof pck->platform_instance);
	case 7:
		return walk(value, 7, take_configuration, pck, &seen) &&
		       (seen & HAS_ALL_CONFIGURATION) == HAS_ALL_CONFIGURATION;
	default: /* of a later profile */
		return true;
	}
}

static bool find_extension(const X509 *certificate, struct tspdm_view *value)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(SGX_EXTENSION, 1);
	int at = oid != NULL ? X509_get_ext_by_OBJ(certificate, oid, -1) : -1;
	const ASN1_OCTET_STRING *data;

	if (at >= 0 && X509_get_ext_by_OBJ(certificate, oid, at) >= 0)
		at = -1;
	ASN1_OBJECT_free(oid);
	if (at < 0)
		return false;
	data = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
	*value = (struct tspdm_view){ ASN1_STRING_get0_data(data), (size_t)ASN1_STRING_length(data) };
	return true;
}

static void read_certificate(const X509 *certificate, struct tspdm_pck *out)
{
	BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	char *digits = serial != NULL ? BN_bn2hex(serial) : NULL;

	for (size_t i = 0; digits != NULL && digits[i] != '\0' && i < sizeof out->serial - 1; i++)
		out->serial[i] = (char)tolower((unsigned char)digits[i]);
	OPENSSL_free(digits);
	BN_free(serial);
	tspdm_x509_common_name(X509_get_issuer_name(certificate), out->issuer);
	out->not_before = tspdm_dcap_time(X509_get0_notBefore(certificate));
	out->not_after = tspdm_dcap_time(X509_get0_notAfter(certificate));
}

enum tspdm_status tspdm_dcap_read_pck(const X509 *certificate, struct tspdm_pck *out, const char **why)
{
	struct tspdm_view value;
	uint32_t seen = 0;

	*out = (struct tspdm_pck){ 0 };
	*why = "the PCK certificate has no extension " SGX_EXTENSION ", or has it twice";
	if (!find_extension(certificate, &value))
		return TSPDM_ERR_EVIDENCE_CHAIN;
	*why = "the extension " SGX_EXTENSION " of the PCK certificate is malformed";
	if (!walk(value, 0, take_field, out, &seen) || (seen & HAS_NEEDED) != HAS_NEEDED) {
		*out = (struct tspdm_pck){ 0 };
		return TSPDM_ERR_EVIDENCE_CHAIN;
	}
	*why = NULL;
	out->has_platform = (seen & HAS_PLATFORM) == HAS_PLATFORM;
	out->is_read = true;
	read_certificate(certificate, out);
	return TSPDM_OK;
}
