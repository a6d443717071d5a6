/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Making SEV-SNP evidence: names, extensions and signature forms as in the genuine, the keys the test's own. */
#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "snp_forge.h"

#define AMD "1.3.6.1.4.1.3704.1."

static EVP_PKEY *root_key, *ca_key, *other_key, *ek_key, *ek_key_p256;

bool forge_keys_new(void)
{
	root_key = EVP_RSA_gen(2048);
	ca_key = EVP_RSA_gen(2048);
	other_key = EVP_RSA_gen(2048);
	ek_key = EVP_EC_gen("P-384");
	ek_key_p256 = EVP_EC_gen("P-256");
	return root_key != NULL && ca_key != NULL && other_key != NULL && ek_key != NULL && ek_key_p256 != NULL;
}

void forge_keys_free(void)
{
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(other_key);
	EVP_PKEY_free(ek_key);
	EVP_PKEY_free(ek_key_p256);
}

static void put_tcb(uint8_t *at, const uint8_t spl[10], bool turin)
{
	memset(at, 0, 8);
	at[0] = turin ? spl[9] : spl[1];
	at[1] = turin ? spl[1] : spl[2];
	at[2] = turin ? spl[2] : 0;
	at[3] = turin ? spl[3] : 0;
	at[6] = turin ? 0 : spl[3];
	at[7] = spl[8];
}

static void plan_report(struct forge_plan *plan, const char *product, bool vlek)
{
	bool turin = strcmp(product, "Turin") == 0;
	static const size_t tcbs[] = { 0x38, 0x180, 0x1e0, 0x1f0 };

	plan->report[0] = 3;
	plan->report[0x0a] = 3; /* POLICY 0x30000 */
	plan->report[0x34] = 1;
	plan->report[0x48] = vlek ? 1 << 2 : 0;
	memset(plan->report + 0x90, 0x11, 48);
	plan->report[0x188] = turin ? 0x1a : 0x19;
	plan->report[0x189] = turin ? 0x02 : strcmp(product, "Milan") == 0 ? 0x01 : 0x11;
	memcpy(plan->report + 0x1a0, plan->hwid, 64);
	for (size_t i = 0; i < sizeof tcbs / sizeof tcbs[0]; i++)
		put_tcb(plan->report + tcbs[i], plan->spl, turin);
}

struct forge_plan forge_plan(const char *product, bool vlek)
{
	static char names[2][32];
	bool turin = strcmp(product, "Turin") == 0;
	struct forge_plan plan = { .root_name = names[0],
		.ca_name = names[1],
		.ek_name = vlek ? "SEV-VLEK" : "SEV-VCEK",
		.ek_product = product,
		.csp_id = vlek ? "CN=provider.example" : NULL,
		.spl = { 0, 4, 1, 24, 0, 0, 0, 0, 219, (uint8_t)(turin ? 2 : 0) },
		.has_spl = { false, true, true, true, !turin, true, true, true, true, turin },
		.hwid_len = turin ? 8 : 64,
		.ek_from = -86400,
		.ek_to = 86400,
		.ca_to = 86400,
		.crl_to = 86400 };

	snprintf(names[0], sizeof names[0], "ARK-%s", product);
	snprintf(names[1], sizeof names[1], vlek ? "SEV-VLEK-%s" : "SEV-%s", product);
	for (size_t i = 0; i < plan.hwid_len; i++)
		plan.hwid[i] = (uint8_t)(i + 1);
	plan_report(&plan, product, vlek);
	if (vlek)
		plan.hwid_len = 0;
	return plan;
}

static bool set_name(X509_NAME *name, const char *cn)
{
	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"Test", -1, -1, 0) == 1 &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0) == 1;
}

static bool add_raw(X509 *certificate, const char *oid, const uint8_t *value, size_t len)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension = NULL;
	bool ok = ASN1_OCTET_STRING_set(data, value, (int)len) == 1 &&
		  X509_EXTENSION_create_by_OBJ(&extension, object, 0, data) != NULL &&
		  X509_add_ext(certificate, extension, -1) == 1;

	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(data);
	ASN1_OBJECT_free(object);
	return ok;
}

static bool add_integer(X509 *certificate, const char *oid, uint8_t value, bool wasteful)
{
	const uint8_t one[] = { 2, 1, value };
	const uint8_t two[] = { 2, 2, 0, value };

	return value >= 0x80 || wasteful ? add_raw(certificate, oid, two, sizeof two)
					 : add_raw(certificate, oid, one, sizeof one);
}

static bool add_text(X509 *certificate, const char *oid, const char *text)
{
	uint8_t value[128] = { 22, (uint8_t)strlen(text) };

	memcpy(value + 2, text, strlen(text));
	return add_raw(certificate, oid, value, strlen(text) + 2);
}

static bool add_hwid(X509 *certificate, const struct forge_plan *plan)
{
	uint8_t value[66] = { 4, (uint8_t)plan->hwid_len };

	memcpy(value + 2, plan->hwid, plan->hwid_len);
	return plan->hwid_octets ? add_raw(certificate, AMD "4", value, plan->hwid_len + 2)
				 : add_raw(certificate, AMD "4", plan->hwid, plan->hwid_len);
}

static bool add_ek_extensions(X509 *certificate, const struct forge_plan *plan)
{
	bool ok = add_integer(certificate, AMD "1", 0, plan->long_integer) &&
		  add_text(certificate, AMD "2", plan->ek_product);

	for (unsigned i = 1; i < 10 && ok; i++) {
		char oid[32];

		snprintf(oid, sizeof oid, AMD "3.%u", i);
		if (plan->has_spl[i])
			ok = add_integer(certificate, oid, plan->spl[i], false);
	}
	if (plan->hwid_len != 0)
		ok = ok && add_hwid(certificate, plan);
	if (plan->csp_id != NULL)
		ok = ok && add_text(certificate, AMD "5", plan->csp_id);
	if (plan->repeated != NULL)
		ok = ok && add_integer(certificate, plan->repeated, 4, false);
	return ok;
}

static bool add_ca_extensions(X509 *certificate)
{
	static const uint8_t constraints[] = { 0x30, 3, 1, 1, 0xff };
	static const uint8_t usage[] = { 3, 2, 1, 6 };

	return add_raw(certificate, "2.5.29.19", constraints, sizeof constraints) &&
	       add_raw(certificate, "2.5.29.15", usage, sizeof usage);
}

/* RSASSA-PSS with SHA-384, MGF1 SHA-384, salt of 48 bytes: as AMD signs. */
static EVP_MD_CTX *signer(EVP_PKEY *key)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *parameters = NULL;

	if (EVP_DigestSignInit(context, &parameters, EVP_sha384(), NULL, key) == 1 &&
		EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 48) == 1)
		return context;
	EVP_MD_CTX_free(context);
	return NULL;
}

static X509 *certificate_new(const char *subject, const char *issuer, EVP_PKEY *key, long serial, long from, long to)
{
	X509 *certificate = X509_new();
	time_t base = FORGE_TIME;

	if (X509_set_version(certificate, X509_VERSION_3) == 1 &&
		ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial) == 1 &&
		set_name(X509_get_subject_name(certificate), subject) &&
		set_name(X509_get_issuer_name(certificate), issuer) && X509_set_pubkey(certificate, key) == 1 &&
		X509_time_adj(X509_getm_notBefore(certificate), from, &base) != NULL &&
		X509_time_adj(X509_getm_notAfter(certificate), to, &base) != NULL)
		return certificate;
	X509_free(certificate);
	return NULL;
}

static struct tspdm_view finish(X509 *certificate, EVP_PKEY *key, uint8_t *room)
{
	EVP_MD_CTX *context = signer(key);
	unsigned char *out = room;
	int len = 0;

	if (certificate != NULL && context != NULL && X509_sign_ctx(certificate, context) > 0 &&
		i2d_X509(certificate, NULL) <= FORGE_DER_MAX)
		len = i2d_X509(certificate, &out);
	EVP_MD_CTX_free(context);
	X509_free(certificate);
	return (struct tspdm_view){ room, len > 0 ? (size_t)len : 0 };
}

static struct tspdm_view make_crl(const struct forge_plan *plan, uint8_t *room)
{
	X509_CRL *crl = X509_CRL_new();
	EVP_MD_CTX *context = signer(plan->crl_by_other ? other_key : root_key);
	ASN1_TIME *from = ASN1_TIME_set(NULL, FORGE_TIME - 100000);
	ASN1_TIME *to = ASN1_TIME_set(NULL, FORGE_TIME + plan->crl_to);
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	unsigned char *out = room;
	int len = 0;

	ASN1_INTEGER_set(serial, plan->crl_revokes ? 0x10001 : 0x777);
	X509_REVOKED_set_serialNumber(entry, serial);
	X509_REVOKED_set_revocationDate(entry, from);
	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	set_name(X509_CRL_get_issuer(crl), plan->root_name);
	X509_CRL_set1_lastUpdate(crl, from);
	X509_CRL_set1_nextUpdate(crl, to);
	X509_CRL_add0_revoked(crl, entry);
	if (X509_CRL_sign_ctx(crl, context) > 0)
		len = i2d_X509_CRL(crl, &out);
	EVP_MD_CTX_free(context);
	ASN1_INTEGER_free(serial);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(crl);
	return (struct tspdm_view){ room, len > 0 ? (size_t)len : 0 };
}

static bool put_number(const BIGNUM *number, uint8_t *at)
{
	return BN_bn2lebinpad(number, at, 72) == 72;
}

static bool sign_report(uint8_t *report, EVP_PKEY *key)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	unsigned char der[128];
	size_t len = sizeof der;
	const unsigned char *next = der;
	ECDSA_SIG *signature = NULL;
	bool ok = EVP_DigestSignInit(context, NULL, EVP_sha384(), NULL, key) == 1 &&
		  EVP_DigestSign(context, der, &len, report, TSPDM_SNP_SIGNED_LEN) == 1;

	if (ok)
		signature = d2i_ECDSA_SIG(NULL, &next, (long)len);
	ok = signature != NULL && put_number(ECDSA_SIG_get0_r(signature), report + 0x2a0) &&
	     put_number(ECDSA_SIG_get0_s(signature), report + 0x2a0 + 72);
	ECDSA_SIG_free(signature);
	EVP_MD_CTX_free(context);
	return ok;
}

bool forge(const struct forge_plan *plan, struct forged *out)
{
	EVP_PKEY *key = plan->p256 ? ek_key_p256 : ek_key;
	X509 *root = certificate_new(plan->root_name, plan->root_name, root_key, 0x10000, -200000, 200000);
	X509 *ca = certificate_new(plan->ca_name, plan->root_name, ca_key, 0x10001, -200000, plan->ca_to);
	X509 *ek = certificate_new(plan->ek_name, plan->ca_name, key, 0, plan->ek_from, plan->ek_to);
	bool ok = root != NULL && ca != NULL && ek != NULL && add_ca_extensions(root) && add_ek_extensions(ek, plan);

	memset(out, 0, sizeof *out);
	if (ok && !plan->ca_is_no_ca)
		ok = add_ca_extensions(ca);
	out->root = finish(root, root_key, out->room[0]);
	out->ca = finish(ca, plan->sign_ca_by_other ? other_key : root_key, out->room[1]);
	out->ek = finish(ek, ca_key, out->room[2]);
	if (plan->crl)
		out->crl = make_crl(plan, out->room[3]);
	memcpy(out->report, plan->report, sizeof out->report);
	ok = ok && sign_report(out->report, key) && (!plan->crl || out->crl.len != 0);
	if (plan->tamper != NULL)
		plan->tamper(out->report);
	return ok && out->root.len != 0 && out->ca.len != 0 && out->ek.len != 0;
}
