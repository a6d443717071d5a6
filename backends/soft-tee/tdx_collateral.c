/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the pretended Intel publishes about the pretended platform: TCB info, QE identity and CRLs, signed under the
 * software TEE's root. Intel PCS API version 4 "Get TCB info", "Get quoting enclave identity", "Get PCK CRL". */
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "soft_tee.h"

enum { DAY = 86400, YEAR = 365 * DAY, TEXT_MAX = 4096, RS_LEN = 64 };

/* ---- Texts ---- */

struct text {
	char bytes[TEXT_MAX];
	size_t len;
	bool is_cut;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format, ...)
{
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(t->bytes + t->len, sizeof t->bytes - t->len, format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= sizeof t->bytes - t->len)
		t->is_cut = true;
	else
		t->len += (size_t)len;
}

static void put_hex(struct text *t, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put(t, "%02x", bytes[i]);
}

static void put_time(struct text *t, const char *name, int64_t seconds)
{
	time_t when = (time_t)seconds;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		t->is_cut = true;
	put(t, "\"%s\":\"%s\",", name, text);
}

static void put_validity(struct text *t, int64_t now)
{
	put_time(t, "issueDate", now - DAY);
	put_time(t, "nextUpdate", now + 29 * DAY);
}

/* ---- TCB info ---- */

static void put_components(struct text *t, const char *name, const uint8_t svn[16])
{
	put(t, "\"%s\":[", name);
	for (unsigned i = 0; i < 16; i++)
		put(t, "%s{\"svn\":%u}", i != 0 ? "," : "", svn[i]);
	put(t, "]");
}

/* A level of the platform; `is_current`: what a sound one reaches, else what one reaches that was not updated. */
static void put_level(struct text *t, bool is_sgx, bool is_current, int64_t now)
{
	static const uint8_t tdx[16] = { 5, 0, 2 }, no_svn[16];

	put(t, "{\"tcb\":{");
	put_components(t, "sgxtcbcomponents", is_current ? tspdm_soft_cpu_svn : no_svn);
	put(t, ",\"pcesvn\":%u", is_current ? TSPDM_SOFT_PCE_SVN : 0);
	if (!is_sgx) {
		put(t, ",");
		put_components(t, "tdxtcbcomponents", is_current ? tdx : no_svn);
	}
	put(t, "},");
	put_time(t, "tcbDate", is_current ? now - 90 * DAY : now - 2 * YEAR);
	put(t, "\"tcbStatus\":\"%s\",\"advisoryIDs\":[%s]}", is_current ? "UpToDate" : "OutOfDate",
		is_current ? "" : "\"SOFT-TEE-00001\"");
}

static void put_signer(struct text *t)
{
	put(t, "\"mrsigner\":\"%096d\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\"", 0);
}

static void put_modules(struct text *t, int64_t now)
{
	put(t, "\"tdxModule\":{");
	put_signer(t);
	put(t, "},\"tdxModuleIdentities\":[{\"id\":\"TDX_01\",");
	put_signer(t);
	put(t, ",\"tcbLevels\":[{\"tcb\":{\"isvsvn\":5},");
	put_time(t, "tcbDate", now - 90 * DAY);
	put(t, "\"tcbStatus\":\"UpToDate\"}]}],");
}

static void put_tcb_info(struct text *t, bool is_sgx, int64_t now)
{
	put(t, "{\"id\":\"%s\",\"version\":3,", is_sgx ? "SGX" : "TDX");
	put_validity(t, now);
	put(t, "\"fmspc\":\"");
	put_hex(t, tspdm_soft_fmspc, sizeof tspdm_soft_fmspc);
	put(t, "\",\"pceId\":\"0000\",\"tcbType\":0,\"tcbEvaluationDataNumber\":%u,", TSPDM_SOFT_EVALUATION_NUMBER);
	if (!is_sgx)
		put_modules(t, now);
	put(t, "\"tcbLevels\":[");
	put_level(t, is_sgx, true, now);
	put(t, ",");
	put_level(t, is_sgx, false, now);
	put(t, "]}");
}

/* ---- QE identity ---- */

static void put_qe_identity(struct text *t, bool is_sgx, int64_t now)
{
	put(t, "{\"id\":\"%s\",\"version\":2,", is_sgx ? "QE" : "TD_QE");
	put_validity(t, now);
	put(t, "\"tcbEvaluationDataNumber\":%u,\"miscselect\":\"00000000\",\"miscselectMask\":\"FFFFFFFF\",",
		TSPDM_SOFT_EVALUATION_NUMBER);
	put(t, "\"attributes\":\"11000000000000000000000000000000\",");
	put(t, "\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":\"");
	put_hex(t, is_sgx ? tspdm_soft_qe_signer : tspdm_soft_td_qe_signer, sizeof tspdm_soft_qe_signer);
	put(t, "\",\"isvprodid\":%d,\"tcbLevels\":[{\"tcb\":{\"isvsvn\":4},", is_sgx ? 1 : 2);
	put_time(t, "tcbDate", now - 90 * DAY);
	put(t, "\"tcbStatus\":\"UpToDate\"}]}");
}

/* ---- Signing and handing out ---- */

struct publication {
	const struct tspdm_soft_machine *machine;
	struct tspdm_soft_authority signer;
	tspdm_soft_collateral_writer write;
	void *context;
};

static enum tspdm_status write_signed(struct publication *p, const char *file, const char *member, const struct text *t)
{
	uint8_t rs[RS_LEN];
	struct text whole = { .len = 0 };

	if (t->is_cut)
		return TSPDM_ERR_BUFFER;
	TSPDM_TRY(tspdm_soft_sign(
		p->signer.key, EVP_sha256(), (struct tspdm_view){ (const uint8_t *)t->bytes, t->len }, rs, sizeof rs));
	put(&whole, "{\"%s\":%s,\"signature\":\"", member, t->bytes);
	put_hex(&whole, rs, sizeof rs);
	put(&whole, "\"}");
	if (whole.is_cut)
		return TSPDM_ERR_BUFFER;
	return p->write(p->context, file, (struct tspdm_view){ (const uint8_t *)whole.bytes, whole.len });
}

static enum tspdm_status write_chain(struct publication *p, const char *file, X509 *first, X509 *second)
{
	BIO *pem = BIO_new(BIO_s_mem());
	enum tspdm_status status = TSPDM_ERR_CRYPTO;
	char *text = NULL;
	long len = 0;

	if (pem != NULL && PEM_write_bio_X509(pem, first) == 1 && PEM_write_bio_X509(pem, second) == 1)
		len = BIO_get_mem_data(pem, &text);
	if (len > 0)
		status = p->write(p->context, file, (struct tspdm_view){ (const uint8_t *)text, (size_t)len });
	BIO_free(pem);
	return status;
}

static enum tspdm_status write_crl(
	struct publication *p, const char *file, const struct tspdm_soft_authority *issuer, uint64_t serial)
{
	X509_CRL *crl = NULL;
	uint8_t *der = NULL;
	int len;
	enum tspdm_status status;

	TSPDM_TRY(tspdm_soft_revoke(issuer, serial, p->machine->config.time, &crl));
	len = i2d_X509_CRL(crl, &der);
	status = len > 0 ? p->write(p->context, file, (struct tspdm_view){ der, (size_t)len }) : TSPDM_ERR_CRYPTO;
	OPENSSL_free(der);
	X509_CRL_free(crl);
	return status;
}

static enum tspdm_status make_signer(struct publication *p)
{
	const struct tspdm_soft_machine *machine = p->machine;
	struct tspdm_soft_certificate what = { .common_name = "Intel SGX TCB Signing",
		.issuer = &machine->root,
		.hash = EVP_sha256(),
		.has_key_ids = true,
		.serial = 3,
		.crl_at = "URI:https://not-hardware.invalid/IntelSGXRootCA.der",
		.not_before = machine->config.time - YEAR,
		.not_after = machine->config.time + 7LL * YEAR,
		.constraints = "critical,CA:FALSE",
		.usage = "critical,digitalSignature,nonRepudiation" };

	p->signer.key = tspdm_soft_ec_key(NID_X9_62_prime256v1, "tspdm software TEE: TCB signing", 0);
	what.key = p->signer.key;
	return what.key != NULL ? tspdm_soft_certify(&what, &p->signer.certificate) : TSPDM_ERR_CRYPTO;
}

static enum tspdm_status publish(struct publication *p)
{
	const struct tspdm_soft_machine *machine = p->machine;
	bool is_sgx = machine->config.kind == TSPDM_TEE_SGX;
	bool is_revoked = tspdm_soft_has(machine, TSPDM_SOFT_REVOKED);
	struct text tcb_info = { .len = 0 }, identity = { .len = 0 };

	TSPDM_TRY(make_signer(p));
	put_tcb_info(&tcb_info, is_sgx, machine->config.time);
	put_qe_identity(&identity, is_sgx, machine->config.time);
	TSPDM_TRY(write_signed(p, "tcb_info.json", "tcbInfo", &tcb_info));
	TSPDM_TRY(write_signed(p, "qe_identity.json", "enclaveIdentity", &identity));
	TSPDM_TRY(write_chain(p, "tcb_signing_chain.pem", p->signer.certificate, machine->root.certificate));
	TSPDM_TRY(write_chain(
		p, "pck_crl_issuer_chain.pem", machine->intermediate.certificate, machine->root.certificate));
	TSPDM_TRY(write_crl(p, "pck_crl.der", &machine->intermediate,
		is_revoked ? TSPDM_SOFT_PCK_SERIAL + (uint64_t)machine->config.seed : 0));
	return write_crl(p, "root_ca_crl.der", &machine->root, 0);
}

enum tspdm_status tspdm_soft_tdx_publish(
	const struct tspdm_soft_machine *machine, tspdm_soft_collateral_writer write, void *context)
{
	struct publication p = { .machine = machine, .write = write, .context = context };
	enum tspdm_status status = publish(&p);

	X509_free(p.signer.certificate);
	EVP_PKEY_free(p.signer.key);
	return status;
}
