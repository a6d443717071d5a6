/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE's TDX quotes, taken apart by the offsets of quote version 4 and verified with OpenSSL alone. */
#include "soft_tee_help.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

enum {
	BODY_AT = 48,
	DATA_LEN_AT = 632,
	DATA_AT = 636,
	KEY_AT = DATA_AT + 64,
	QE_AT = DATA_AT + 134,
	QE_SIGNATURE_AT = DATA_AT + 518,
	QE_DATA_AT = DATA_AT + 582,
};

/* The quote's other fields, as genuine ones have them. */
static void examine_layout(struct tspdm_view quote)
{
	const uint8_t *p = quote.ptr;

	assert_true(quote.len >= QE_DATA_AT + 2 + 32 + 6);
	assert_int_equal(read_le(p, 2), 4);
	assert_int_equal(read_le(p + 2, 2), 2);
	assert_int_equal(read_le(p + 4, 4), 0x81);
	assert_memory_equal(p + 12, "\x93\x9a\x72\x33\xf7\x9c\x4c\xa9\x94\x0a\x0d\xb3\x95\x7f\x06\x07", 16);
	assert_memory_equal(p + 28, "not hardware", 12);
	assert_true(all_bytes(p + BODY_AT + 64, 56, 0)); /* MRSIGNERSEAM, SEAMATTRIBUTES */
	assert_true(read_le(p + BODY_AT + 120, 4) & 1U << 28);
	assert_int_equal(read_le(p + BODY_AT + 128, 4), 0xE7);
	assert_true(all_bytes(p + BODY_AT + 184, 32, 0x77)); /* MRCONFIGID is the host's data */
	assert_true(all_bytes(p + BODY_AT + 216, 16 + 96, 0));
	assert_false(all_bytes(p + BODY_AT + 328, 48, 0));
	assert_true(all_bytes(p + BODY_AT + 328 + 144, 48, 0)); /* RTMR3 */
	assert_int_equal(read_le(p + DATA_LEN_AT, 4), quote.len - DATA_AT);
	assert_int_equal(read_le(p + DATA_AT + 128, 2), 6);
	assert_int_equal(read_le(p + DATA_AT + 130, 4), quote.len - QE_AT);
	assert_int_equal(read_le(p + QE_DATA_AT, 2), 32);
	assert_int_equal(read_le(p + QE_DATA_AT + 34, 2), 5);
	assert_int_equal(read_le(p + QE_DATA_AT + 36, 4), quote.len - QE_DATA_AT - 40);
	assert_int_equal(p[QE_AT + 48] & 3, 1); /* INIT, no DEBUG */
	assert_memory_equal(p + QE_AT + 128, "\xdc\x9e\x2a\x7c\x6f\x94\x8f\x17", 8);
	assert_int_equal(read_le(p + QE_AT + 256, 2), 2);
	assert_int_equal(read_le(p + QE_AT + 258, 2), 4);
}

static unsigned examine_body(const uint8_t *body)
{
	unsigned faults = 0;

	if (body[120] != 0)
		faults |= FAULT_DEBUG;
	if (read_le(body + 120, 4) & 1U << 29)
		faults |= FAULT_MIGRATION;
	if (!all_bytes(body + 136, 48, 0x3C))
		faults |= FAULT_MEASUREMENT;
	if (!all_bytes(body + 520, 64, 0x5A))
		faults |= FAULT_REPORT_DATA;
	return faults;
}

static EVP_PKEY *point_key(const uint8_t *xy)
{
	uint8_t encoded[65] = { 4 };
	OSSL_PARAM parameters[] = { OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)"P-256", 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded, sizeof encoded), OSSL_PARAM_END };
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	memcpy(encoded + 1, xy, 64);
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
	EVP_PKEY_CTX_free(context);
	return key;
}

static bool quote_verifies(const uint8_t *p)
{
	EVP_PKEY *key = point_key(p + KEY_AT);
	bool ok = ecdsa_verifies(key, EVP_sha256(), p, DATA_LEN_AT, p + DATA_AT, p + DATA_AT + 32, 32);

	EVP_PKEY_free(key);
	return ok;
}

/* The quoting enclave's report commits to the attestation key and to the authentication data. */
static bool qe_commits(const uint8_t *p)
{
	uint8_t committed[96], digest[32];

	memcpy(committed, p + KEY_AT, 64);
	memcpy(committed + 64, p + QE_DATA_AT + 2, 32);
	SHA256(committed, sizeof committed, digest);
	return memcmp(p + QE_AT + 320, digest, 32) == 0 && all_bytes(p + QE_AT + 352, 32, 0);
}

static void examine_pck_extension(X509 *pck)
{
	struct tspdm_view sgx = extension(pck, "1.2.840.113741.1.13.1");
	ASN1_TYPE *type;
	STACK_OF(ASN1_TYPE) * elements;

	assert_true(sgx.len > 4);
	assert_int_equal(sgx.ptr[0], 0x30);
	elements = d2i_ASN1_SEQUENCE_ANY(NULL, &sgx.ptr, (long)sgx.len);
	assert_non_null(elements);
	assert_int_equal(sk_ASN1_TYPE_num(elements), 7);
	for (int i = 0; i < 7; i++) {
		const uint8_t *p;
		STACK_OF(ASN1_TYPE) * pair;
		char oid[64], expected[64];

		type = sk_ASN1_TYPE_value(elements, i);
		assert_int_equal(type->type, V_ASN1_SEQUENCE);
		p = ASN1_STRING_get0_data(type->value.sequence);
		pair = d2i_ASN1_SEQUENCE_ANY(NULL, &p, ASN1_STRING_length(type->value.sequence));
		assert_non_null(pair);
		assert_int_equal(sk_ASN1_TYPE_num(pair), 2);
		OBJ_obj2txt(oid, sizeof oid, sk_ASN1_TYPE_value(pair, 0)->value.object, 1);
		snprintf(expected, sizeof expected, "1.2.840.113741.1.13.1.%d", i + 1);
		assert_string_equal(oid, expected);
		if (i == 1) { /* TCB: sixteen components, PCESVN, CPUSVN */
			ASN1_TYPE *list = sk_ASN1_TYPE_value(pair, 1);
			const uint8_t *q = ASN1_STRING_get0_data(list->value.sequence);
			STACK_OF(ASN1_TYPE) *tcb =
				d2i_ASN1_SEQUENCE_ANY(NULL, &q, ASN1_STRING_length(list->value.sequence));

			assert_int_equal(sk_ASN1_TYPE_num(tcb), 18);
			sk_ASN1_TYPE_pop_free(tcb, ASN1_TYPE_free);
		}
		sk_ASN1_TYPE_pop_free(pair, ASN1_TYPE_free);
	}
	sk_ASN1_TYPE_pop_free(elements, ASN1_TYPE_free);
}

static unsigned examine_chain(const uint8_t *p, X509 *chain[3], uint8_t *root)
{
	int error = verify_chain(chain[2], chain[1], chain[0], NULL);
	unsigned faults = error == X509_V_OK ? 0 : error == X509_V_ERR_CERT_HAS_EXPIRED ? FAULT_EXPIRED : FAULT_CHAIN;

	assert_name(X509_get_subject_name(chain[0]), "Intel SGX PCK Certificate");
	assert_name(X509_get_subject_name(chain[1]), "Intel SGX PCK Platform CA");
	assert_name(X509_get_subject_name(chain[2]), "Intel SGX Root CA");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(chain[i])), 256);
		assert_int_equal(X509_get_signature_nid(chain[i]), NID_ecdsa_with_SHA256);
	}
	examine_pck_extension(chain[0]);
	spki_digest(chain[2], root);
	if (!ecdsa_verifies(X509_get0_pubkey(chain[0]), EVP_sha256(), p + QE_AT, 384, p + QE_SIGNATURE_AT,
		    p + QE_SIGNATURE_AT + 32, 32))
		faults |= FAULT_QE;
	return faults;
}

static unsigned examine_certificates(struct tspdm_view quote, uint8_t *root)
{
	const uint8_t *pem = quote.ptr + QE_DATA_AT + 40;
	int len = (int)(quote.len - QE_DATA_AT - 40);
	X509 *chain[3];
	unsigned faults;
	BIO *bio;

	if (len == 0)
		return FAULT_NO_CERTIFICATES;
	assert_int_equal(pem[len - 1], 0);
	bio = BIO_new_mem_buf(pem, len - 1);
	for (int i = 0; i < 3; i++) {
		chain[i] = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		assert_non_null(chain[i]);
	}
	assert_null(PEM_read_bio_X509(bio, NULL, NULL, NULL));
	BIO_free(bio);
	faults = examine_chain(quote.ptr, chain, root);
	for (int i = 0; i < 3; i++)
		X509_free(chain[i]);
	return faults;
}

static unsigned examine(uint32_t defects, uint8_t *root)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *job;
	struct tspdm_view quote;
	unsigned faults;

	config.kind = TSPDM_TEE_TDX;
	config.defects = defects;
	memset(config.measurement, 0x3C, sizeof config.measurement);
	memset(config.host_data, 0x77, sizeof config.host_data);
	source = make_source(&config);
	job = begin(source, 0x5A);
	assert_int_equal(finish(source, job).certificates.len, 0);
	quote = finish(source, job).report;
	examine_layout(quote);
	faults = examine_body(quote.ptr + BODY_AT) | examine_certificates(quote, root);
	if (!quote_verifies(quote.ptr))
		faults |= FAULT_SIGNATURE;
	if (!qe_commits(quote.ptr))
		faults |= FAULT_QE;
	source->ops->end(source, job);
	tspdm_soft_tee_free(source);
	return faults;
}

static void a_quote_is_sound_from_header_to_root(void **state)
{
	uint8_t root[32], again[32];

	(void)state;
	assert_int_equal(examine(0, root), 0);
	assert_int_equal(examine(0, again), 0);
	assert_memory_equal(root, again, sizeof root);
}

static const struct defect {
	enum tspdm_soft_defect defect;
	unsigned faults;
} defects[] = {
	{ TSPDM_SOFT_FLIP_SIGNATURE, FAULT_SIGNATURE },
	{ TSPDM_SOFT_FLIP_REPORT, FAULT_SIGNATURE | FAULT_MEASUREMENT },
	{ TSPDM_SOFT_DEBUG, FAULT_DEBUG },
	{ TSPDM_SOFT_WRONG_REPORT_DATA, FAULT_REPORT_DATA },
	{ TSPDM_SOFT_EXPIRED, FAULT_EXPIRED },
	{ TSPDM_SOFT_NO_CERTIFICATES, FAULT_NO_CERTIFICATES },
	{ TSPDM_SOFT_MIGRATION, FAULT_MIGRATION },
};

static void each_defect_makes_its_own_fault_and_no_other(void **state)
{
	uint8_t root[32];

	(void)state;
	for (size_t i = 0; i < sizeof defects / sizeof defects[0]; i++)
		if (examine(defects[i].defect, root) != defects[i].faults)
			fail_msg("defect %#x: faults %#x", (unsigned)defects[i].defect,
				examine(defects[i].defect, root));
}

static void a_foreign_root_is_another_one_each_time(void **state)
{
	uint8_t known[32], foreign[32], another[32];

	(void)state;
	assert_int_equal(examine(0, known), 0);
	assert_int_equal(examine(TSPDM_SOFT_FOREIGN_ROOT, foreign), 0);
	assert_int_equal(examine(TSPDM_SOFT_FOREIGN_ROOT, another), 0);
	assert_memory_not_equal(known, foreign, sizeof known);
	assert_memory_not_equal(foreign, another, sizeof known);
}

static void replay_shows_the_first_quote_to_everybody(void **state)
{
	struct tspdm_soft_tee_config config = honest();
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *a, *b;

	(void)state;
	config.kind = TSPDM_TEE_TDX;
	config.defects = TSPDM_SOFT_REPLAY;
	source = make_source(&config);
	a = begin(source, 1);
	assert_true(all_bytes(finish(source, a).report.ptr + BODY_AT + 520, 64, 1));
	b = begin(source, 2);
	assert_true(all_bytes(finish(source, b).report.ptr + BODY_AT + 520, 64, 1));
	source->ops->end(source, a);
	source->ops->end(source, b);
	tspdm_soft_tee_free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quote_is_sound_from_header_to_root),
		cmocka_unit_test(each_defect_makes_its_own_fault_and_no_other),
		cmocka_unit_test(a_foreign_root_is_another_one_each_time),
		cmocka_unit_test(replay_shows_the_first_quote_to_everybody),
	};

	return cmocka_run_group_tests_name("soft_tee_tdx", tests, NULL, NULL);
}
