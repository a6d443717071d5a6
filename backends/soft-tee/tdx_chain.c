/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE's pretended Intel: the chain of the provisioning certification key (PCK), and its extension.
 * Intel "SGX PCK Certificate and Certificate Revocation List Profile Specification". */
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "soft_tee.h"

enum {
	DAY = 86400,
	YEAR = 365 * DAY,
	DER_BOOLEAN = 1,
	DER_INTEGER = 2,
	DER_OCTETS = 4,
	DER_OID = 6,
	DER_ENUM = 10,
	DER_SEQUENCE = 0x30
};

/* ---- The SGX extension, 1.2.840.113741.1.13.1: a list of pairs of OID and value ---- */

static void write_der(struct tspdm_buffer *w, uint8_t tag, const void *bytes, size_t len)
{
	write_u8(w, tag);
	if (len > 0xFF)
		write_u8(w, 0x82);
	else if (len > 0x7F)
		write_u8(w, 0x81);
	if (len > 0xFF)
		write_u8(w, (uint8_t)(len >> 8));
	write_u8(w, (uint8_t)len);
	write_view(w, (struct tspdm_view){ bytes, len });
}

/* One pair. `suffix` is what follows the extension's own OID: one number, or two. */
static void write_pair(struct tspdm_buffer *w, const uint8_t suffix[2], uint8_t tag, const void *bytes, size_t len)
{
	static const uint8_t arc[9] = { 0x2A, 0x86, 0x48, 0x86, 0xF8, 0x4D, 0x01, 0x0D, 0x01 };
	uint8_t oid[11], room[400];
	struct tspdm_buffer pair = { .ptr = room, .cap = sizeof room };

	memcpy(oid, arc, sizeof arc);
	memcpy(oid + sizeof arc, suffix, 2);
	write_der(&pair, DER_OID, oid, suffix[1] != 0 ? 11 : 10);
	write_der(&pair, tag, bytes, len);
	write_der(w, DER_SEQUENCE, pair.ptr, write_end(&pair) == TSPDM_OK ? pair.len : 0);
}

const uint8_t tspdm_soft_cpu_svn[16] = { 3, 3, 2, 2, 4, 1, 0, 5 };
const uint8_t tspdm_soft_fmspc[6] = { 0x50, 0xF7, 0x7E, 0xE0 };

/* .2: the sixteen components, PCESVN, CPUSVN. */
static void write_tcb(struct tspdm_buffer *w, bool is_old)
{
	static const uint8_t pce_svn = TSPDM_SOFT_PCE_SVN;
	uint8_t room[360], cpu_svn[16];
	struct tspdm_buffer list = { .ptr = room, .cap = sizeof room };

	memcpy(cpu_svn, tspdm_soft_cpu_svn, sizeof cpu_svn);
	cpu_svn[0] -= is_old;
	for (uint8_t i = 0; i < 16; i++)
		write_pair(&list, (uint8_t[]){ 2, (uint8_t)(i + 1) }, DER_INTEGER, &cpu_svn[i], 1);
	write_pair(&list, (uint8_t[]){ 2, 17 }, DER_INTEGER, &pce_svn, 1);
	write_pair(&list, (uint8_t[]){ 2, 18 }, DER_OCTETS, cpu_svn, sizeof cpu_svn);
	write_pair(w, (uint8_t[]){ 2, 0 }, DER_SEQUENCE, list.ptr, write_end(&list) == TSPDM_OK ? list.len : 0);
}

/* .7: dynamic platform, cached keys, SMT enabled. */
static void write_configuration(struct tspdm_buffer *w)
{
	static const uint8_t yes = 0xFF;
	uint8_t room[80];
	struct tspdm_buffer list = { .ptr = room, .cap = sizeof room };

	for (uint8_t i = 1; i <= 3; i++)
		write_pair(&list, (uint8_t[]){ 7, i }, DER_BOOLEAN, &yes, 1);
	write_pair(w, (uint8_t[]){ 7, 0 }, DER_SEQUENCE, list.ptr, write_end(&list) == TSPDM_OK ? list.len : 0);
}

static enum tspdm_status sgx_extension(const struct tspdm_soft_machine *machine, struct tspdm_soft_extension *out)
{
	static const char oid[] = "1.2.840.113741.1.13.1";
	static const uint8_t pce_id[2], sgx_type = 1;
	uint8_t room[600], fmspc[6], id[32]; /* PPID and platform instance */
	struct tspdm_buffer list = { .ptr = room, .cap = sizeof room };
	struct tspdm_buffer w = { .ptr = out->value, .cap = sizeof out->value };

	TSPDM_TRY(tspdm_soft_bytes("tspdm software TEE: platform", machine->config.seed, id, sizeof id));
	memcpy(fmspc, tspdm_soft_fmspc, sizeof fmspc);
	fmspc[5] = tspdm_soft_has(machine, TSPDM_SOFT_WRONG_HWID);
	memcpy(out->oid, oid, sizeof oid);
	write_pair(&list, (uint8_t[]){ 1, 0 }, DER_OCTETS, id, 16);
	write_tcb(&list, tspdm_soft_has(machine, TSPDM_SOFT_WRONG_TCB));
	write_pair(&list, (uint8_t[]){ 3, 0 }, DER_OCTETS, pce_id, sizeof pce_id);
	write_pair(&list, (uint8_t[]){ 4, 0 }, DER_OCTETS, fmspc, sizeof fmspc);
	write_pair(&list, (uint8_t[]){ 5, 0 }, DER_ENUM, &sgx_type, 1);
	write_pair(&list, (uint8_t[]){ 6, 0 }, DER_OCTETS, id + 16, 16);
	write_configuration(&list);
	TSPDM_TRY(write_end(&list));
	write_der(&w, DER_SEQUENCE, list.ptr, list.len);
	out->len = w.len;
	return write_end(&w);
}

/* ---- The chain ---- */

static EVP_PKEY *p256(const char *label, uint64_t number)
{
	return tspdm_soft_ec_key(NID_X9_62_prime256v1, label, number);
}

static EVP_PKEY *root_key(void)
{
	return p256("tspdm software TEE: SGX root", 0);
}

enum tspdm_status tspdm_soft_tee_sgx_root(uint8_t *out)
{
	EVP_PKEY *key;
	uint8_t *der = NULL;
	int len;
	bool ok;

	if (out == NULL)
		return TSPDM_ERR_ARGUMENT;
	key = root_key();
	len = key != NULL ? i2d_PUBKEY(key, &der) : 0;
	ok = len > 0 && EVP_Digest(der, (size_t)len, out, NULL, EVP_sha256(), NULL) == 1;
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	return ok ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

/* The root and the quoting enclave's key: the one is fixed unless nobody is to know it, the other is always new. */
static enum tspdm_status make_keys(struct tspdm_soft_machine *machine)
{
	bool is_foreign = tspdm_soft_has(machine, TSPDM_SOFT_FOREIGN_ROOT);

	machine->root.key = is_foreign ? EVP_EC_gen("P-256") : root_key();
	machine->intermediate.key = p256("tspdm software TEE: PCK platform CA", 0);
	machine->endorsement.key = p256("tspdm software TEE: PCK", machine->config.seed);
	machine->attestation = EVP_EC_gen("P-256");
	return machine->root.key != NULL && machine->intermediate.key != NULL && machine->endorsement.key != NULL &&
			       machine->attestation != NULL
		       ? TSPDM_OK
		       : TSPDM_ERR_CRYPTO;
}

static enum tspdm_status certify_authorities(struct tspdm_soft_machine *machine)
{
	struct tspdm_soft_certificate what = { .common_name = "Intel SGX Root CA",
		.key = machine->root.key,
		.hash = EVP_sha256(),
		.has_key_ids = true,
		.serial = 1,
		.crl_at = "URI:https://not-hardware.invalid/IntelSGXRootCA.der",
		.not_before = machine->config.time - 2 * YEAR,
		.not_after = machine->config.time + 20LL * YEAR,
		.constraints = "critical,CA:TRUE,pathlen:1",
		.usage = "critical,keyCertSign,cRLSign" };

	TSPDM_TRY(tspdm_soft_certify(&what, &machine->root.certificate));
	what.common_name = "Intel SGX PCK Platform CA";
	what.key = machine->intermediate.key;
	what.issuer = &machine->root;
	what.serial = 2;
	what.constraints = "critical,CA:TRUE,pathlen:0";
	return tspdm_soft_certify(&what, &machine->intermediate.certificate);
}

static enum tspdm_status certify_pck(struct tspdm_soft_machine *machine)
{
	bool is_expired = tspdm_soft_has(machine, TSPDM_SOFT_EXPIRED);
	int64_t now = machine->config.time;
	struct tspdm_soft_extension extension = { .len = 0 };
	struct tspdm_soft_certificate what = { .common_name = "Intel SGX PCK Certificate",
		.key = machine->endorsement.key,
		.issuer = &machine->intermediate,
		.hash = EVP_sha256(),
		.has_key_ids = true,
		.serial = TSPDM_SOFT_PCK_SERIAL + (uint64_t)machine->config.seed,
		.crl_at = "URI:https://not-hardware.invalid/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
		.not_before = now - 30 * DAY,
		.not_after = is_expired ? now - DAY : now + 7 * YEAR,
		.constraints = "critical,CA:FALSE",
		.usage = "critical,digitalSignature,nonRepudiation",
		.extensions = &extension,
		.extension_count = 1 };

	TSPDM_TRY(sgx_extension(machine, &extension));
	return tspdm_soft_certify(&what, &machine->endorsement.certificate);
}

/* Leaf first, PEM, with a zero byte after the last one. */
static enum tspdm_status bundle(struct tspdm_soft_machine *machine)
{
	BIO *pem = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;

	if (pem != NULL && PEM_write_bio_X509(pem, machine->endorsement.certificate) == 1 &&
		PEM_write_bio_X509(pem, machine->intermediate.certificate) == 1 &&
		PEM_write_bio_X509(pem, machine->root.certificate) == 1 && BIO_write(pem, "", 1) == 1)
		len = BIO_get_mem_data(pem, &text);
	machine->bundle = len > 0 ? malloc((size_t)len) : NULL;
	if (machine->bundle != NULL) {
		memcpy(machine->bundle, text, (size_t)len);
		machine->bundle_len = (size_t)len;
	}
	BIO_free(pem);
	return machine->bundle != NULL ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}

enum tspdm_status tspdm_soft_tdx_setup(struct tspdm_soft_machine *machine)
{
	TSPDM_TRY(make_keys(machine));
	TSPDM_TRY(certify_authorities(machine));
	TSPDM_TRY(certify_pck(machine));
	return tspdm_soft_has(machine, TSPDM_SOFT_NO_CERTIFICATES) ? TSPDM_OK : bundle(machine);
}
