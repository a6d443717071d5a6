/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The software TEE's pretended AMD: products, endorsement keys and their chains.
 * AMD 57230 "VCEK Certificate Format", AMD 58369 for the VLEK. */
#include <openssl/ec.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "soft_tee.h"

enum { DAY = 86400, YEAR = 365 * DAY };

/* clang-format off */
static const struct tspdm_soft_product products[] = {
	{ TSPDM_SNP_MILAN, "Milan", "Milan-B0", 0x19, 0x01, 1, 64, 0x10000, 0,
		{ .bootloader = 4, .snp = 24, .microcode = 219 } },
	{ TSPDM_SNP_GENOA, "Genoa", "Genoa",    0x19, 0x11, 1, 64, 0x20000, 0,
		{ .bootloader = 10, .snp = 25, .microcode = 88 } },
	{ TSPDM_SNP_TURIN, "Turin", "Turin",    0x1A, 0x02, 1,  8, 0x30000, 1,
		{ .has_fmc = true, .fmc = 1, .bootloader = 2, .snp = 4, .microcode = 80 } },
};
/* clang-format on */

const struct tspdm_soft_product *tspdm_soft_product(enum tspdm_snp_product product)
{
	for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
		if (products[i].product == product)
			return &products[i];
	return NULL;
}

/* AMD 56860 "CHIP_ID": 64 bytes, of which Turin uses the first 8. */
enum tspdm_status tspdm_soft_chip_id(const struct tspdm_soft_machine *machine, uint8_t *chip_id)
{
	const struct tspdm_soft_product *product = tspdm_soft_product(machine->config.product);

	memset(chip_id, 0, 64);
	return tspdm_soft_bytes("tspdm software TEE: chip", machine->config.seed, chip_id, product->chip_id_len);
}

/* ---- Extensions of the endorsement key's certificate, all under AMD's arc ---- */

struct list {
	struct tspdm_soft_extension items[16];
	size_t count;
};

static struct tspdm_soft_extension *append(struct list *list, const char *suffix)
{
	struct tspdm_soft_extension *item = &list->items[list->count++];

	snprintf(item->oid, sizeof item->oid, "1.3.6.1.4.1.3704.1.%s", suffix);
	return item;
}

static void append_integer(struct list *list, const char *suffix, uint8_t value)
{
	struct tspdm_soft_extension *item = append(list, suffix);
	struct tspdm_buffer w = { .ptr = item->value, .cap = sizeof item->value };

	write_u8(&w, V_ASN1_INTEGER);
	write_u8(&w, value > 127 ? 2 : 1);
	if (value > 127)
		write_u8(&w, 0);
	write_u8(&w, value);
	item->len = w.len;
}

static void append_text(struct list *list, const char *suffix, const char *text)
{
	struct tspdm_soft_extension *item = append(list, suffix);
	struct tspdm_buffer w = { .ptr = item->value, .cap = sizeof item->value };
	struct tspdm_view view = { (const uint8_t *)text, strlen(text) };

	write_u8(&w, V_ASN1_IA5STRING);
	write_u8(&w, (uint8_t)view.len);
	write_view(&w, view);
	item->len = w.len;
}

static void append_tcb(struct list *list, const struct tspdm_snp_tcb *tcb)
{
	if (tcb->has_fmc)
		append_integer(list, "3.9", tcb->fmc);
	append_integer(list, "3.1", tcb->bootloader);
	append_integer(list, "3.2", tcb->tee);
	append_integer(list, "3.3", tcb->snp);
	if (!tcb->has_fmc)
		append_integer(list, "3.4", 0);
	append_integer(list, "3.5", 0);
	append_integer(list, "3.6", 0);
	append_integer(list, "3.7", 0);
	append_integer(list, "3.8", tcb->microcode);
}

static bool is_vlek(const struct tspdm_soft_machine *machine)
{
	return machine->config.use_vlek && !tspdm_soft_has(machine, TSPDM_SOFT_WRONG_KEY_KIND);
}

/* The HWID is the one value without a DER header. */
static enum tspdm_status append_hwid(struct list *list, const struct tspdm_soft_machine *machine)
{
	struct tspdm_soft_extension *item = append(list, "4");

	TSPDM_TRY(tspdm_soft_chip_id(machine, item->value));
	item->len = tspdm_soft_product(machine->config.product)->chip_id_len;
	if (tspdm_soft_has(machine, TSPDM_SOFT_WRONG_HWID))
		item->value[0] ^= 0xFF;
	return TSPDM_OK;
}

static enum tspdm_status list_extensions(const struct tspdm_soft_machine *machine, struct list *list)
{
	const struct tspdm_soft_product *product = tspdm_soft_product(machine->config.product);
	struct tspdm_snp_tcb tcb = product->tcb;

	if (tspdm_soft_has(machine, TSPDM_SOFT_WRONG_TCB))
		tcb.microcode--;
	append_integer(list, "1", product->struct_version);
	append_text(list, "2", is_vlek(machine) ? product->name : product->vcek_name);
	append_tcb(list, &tcb);
	if (!is_vlek(machine))
		return append_hwid(list, machine);
	append_text(list, "5", "CN=not-hardware.invalid");
	return TSPDM_OK;
}

/* ---- The chain ---- */

static EVP_PKEY *endorsement_key(const struct tspdm_soft_machine *machine)
{
	uint64_t number = machine->config.seed | (uint64_t)machine->config.product << 32;
	const char *label = is_vlek(machine) ? "tspdm software TEE: VLEK" : "tspdm software TEE: VCEK";

	return tspdm_soft_ec_key(NID_secp384r1, label, number);
}

static enum tspdm_status make_keys(struct tspdm_soft_machine *machine)
{
	machine->root.key = tspdm_soft_has(machine, TSPDM_SOFT_FOREIGN_ROOT) ? tspdm_soft_fresh_rsa_key()
									     : tspdm_soft_rsa_key(tspdm_soft_ark_key);
	machine->intermediate.key = tspdm_soft_rsa_key(tspdm_soft_ask_key);
	machine->endorsement.key = endorsement_key(machine);
	return machine->root.key != NULL && machine->intermediate.key != NULL && machine->endorsement.key != NULL
		       ? TSPDM_OK
		       : TSPDM_ERR_CRYPTO;
}

static uint32_t intermediate_serial(const struct tspdm_soft_machine *machine)
{
	return tspdm_soft_product(machine->config.product)->serial + (is_vlek(machine) ? 0x101 : 1);
}

static enum tspdm_status certify_authorities(struct tspdm_soft_machine *machine)
{
	const struct tspdm_soft_product *product = tspdm_soft_product(machine->config.product);
	char name[32], crl_at[80];
	struct tspdm_soft_certificate what = { .common_name = name,
		.key = machine->root.key,
		.hash = EVP_sha384(),
		.is_pss = true,
		.has_key_ids = true,
		.serial = product->serial,
		.crl_at = crl_at,
		.not_before = machine->config.time - 2 * YEAR,
		.not_after = machine->config.time + 20LL * YEAR,
		.constraints = "critical,CA:TRUE",
		.usage = "critical,keyCertSign,cRLSign" };

	snprintf(name, sizeof name, "ARK-%s", product->name);
	snprintf(crl_at, sizeof crl_at, "URI:https://not-hardware.invalid/%s/v1/%s/crl",
		is_vlek(machine) ? "vlek" : "vcek", product->name);
	TSPDM_TRY(tspdm_soft_certify(&what, &machine->root.certificate));
	snprintf(name, sizeof name, "SEV-%s%s", is_vlek(machine) ? "VLEK-" : "", product->name);
	what.key = machine->intermediate.key;
	what.issuer = &machine->root;
	what.serial = intermediate_serial(machine);
	what.constraints = "critical,CA:TRUE,pathlen:0";
	what.usage = "critical,keyCertSign";
	return tspdm_soft_certify(&what, &machine->intermediate.certificate);
}

static enum tspdm_status certify_endorsement(struct tspdm_soft_machine *machine)
{
	bool is_expired = tspdm_soft_has(machine, TSPDM_SOFT_EXPIRED);
	int64_t now = machine->config.time;
	struct list extensions = { .count = 0 };
	struct tspdm_soft_certificate what = { .common_name = is_vlek(machine) ? "SEV-VLEK" : "SEV-VCEK",
		.key = machine->endorsement.key,
		.issuer = &machine->intermediate,
		.hash = EVP_sha384(),
		.is_pss = true,
		.serial = is_vlek(machine) ? 1 : 0,
		.not_before = now - 30 * DAY,
		.not_after = is_expired ? now - DAY : now + 7 * YEAR,
		.extensions = extensions.items };

	TSPDM_TRY(list_extensions(machine, &extensions));
	what.extension_count = extensions.count;
	return tspdm_soft_certify(&what, &machine->endorsement.certificate);
}

/* ---- The certificate table ---- */

static bool certificate_der(X509 *certificate, struct tspdm_view *out)
{
	uint8_t *der = NULL;
	int len = i2d_X509(certificate, &der);

	*out = (struct tspdm_view){ der, len > 0 ? (size_t)len : 0 };
	return len > 0;
}

static bool crl_der(X509_CRL *crl, struct tspdm_view *out)
{
	uint8_t *der = NULL;
	int len = crl != NULL ? i2d_X509_CRL(crl, &der) : 0;

	*out = (struct tspdm_view){ der, len > 0 ? (size_t)len : 0 };
	return crl == NULL || len > 0;
}

static bool encode(const struct tspdm_soft_machine *machine, struct tspdm_snp_certificates *out)
{
	struct tspdm_view *endorsement = is_vlek(machine) ? &out->vlek : &out->vcek;

	/* The table follows the report's lie: the certificate itself tells the truth. */
	if (tspdm_soft_has(machine, TSPDM_SOFT_WRONG_KEY_KIND))
		endorsement = &out->vlek;
	return certificate_der(machine->endorsement.certificate, endorsement) &&
	       certificate_der(machine->intermediate.certificate, &out->ask) &&
	       certificate_der(machine->root.certificate, &out->ark) && crl_der(machine->crl, &out->crl);
}

static void free_view(struct tspdm_view *view)
{
	OPENSSL_free((void *)view->ptr);
}

static enum tspdm_status make_table(
	struct tspdm_soft_machine *machine, const struct tspdm_snp_certificates *certificates)
{
	struct tspdm_buffer w = { .len = 0 };
	enum tspdm_status status = tspdm_snp_write_table(&w, certificates);

	if (status != TSPDM_ERR_BUFFER)
		return TSPDM_ERR_CRYPTO; /* no table is empty: it has an end */
	machine->bundle = malloc(w.len);
	if (machine->bundle == NULL)
		return TSPDM_ERR_MEMORY;
	w = (struct tspdm_buffer){ .ptr = machine->bundle, .cap = w.len };
	TSPDM_TRY(tspdm_snp_write_table(&w, certificates));
	machine->bundle_len = w.len;
	return TSPDM_OK;
}

static enum tspdm_status bundle(struct tspdm_soft_machine *machine)
{
	struct tspdm_snp_certificates certificates = { .vcek = { 0 } };
	enum tspdm_status status = TSPDM_ERR_CRYPTO;

	if (tspdm_soft_has(machine, TSPDM_SOFT_NO_CERTIFICATES))
		return make_table(machine, &certificates);
	if (encode(machine, &certificates))
		status = make_table(machine, &certificates);
	free_view(&certificates.vcek);
	free_view(&certificates.vlek);
	free_view(&certificates.ask);
	free_view(&certificates.ark);
	free_view(&certificates.crl);
	return status;
}

enum tspdm_status tspdm_soft_snp_setup(struct tspdm_soft_machine *machine)
{
	TSPDM_TRY(make_keys(machine));
	TSPDM_TRY(certify_authorities(machine));
	TSPDM_TRY(certify_endorsement(machine));
	if (tspdm_soft_has(machine, TSPDM_SOFT_REVOKED))
		TSPDM_TRY(tspdm_soft_revoke(
			&machine->root, intermediate_serial(machine), machine->config.time, &machine->crl));
	return bundle(machine);
}

/* AMD publishes the two authorities and one CRL, the root's. */
enum tspdm_status tspdm_soft_snp_publish(
	const struct tspdm_soft_machine *machine, tspdm_soft_collateral_writer write, void *context)
{
	struct tspdm_view ask = { NULL, 0 }, ark = { NULL, 0 }, crl_bytes = { NULL, 0 };
	X509_CRL *crl = NULL;
	uint64_t serial = tspdm_soft_has(machine, TSPDM_SOFT_REVOKED) ? intermediate_serial(machine) : 0;
	enum tspdm_status status = tspdm_soft_revoke(&machine->root, serial, machine->config.time, &crl);

	if (status == TSPDM_OK &&
		(!certificate_der(machine->intermediate.certificate, &ask) ||
			!certificate_der(machine->root.certificate, &ark) || !crl_der(crl, &crl_bytes)))
		status = TSPDM_ERR_CRYPTO;
	if (status == TSPDM_OK)
		status = write(context, "ask.der", ask);
	if (status == TSPDM_OK)
		status = write(context, "ark.der", ark);
	if (status == TSPDM_OK)
		status = write(context, "crl.der", crl_bytes);
	free_view(&ask);
	free_view(&ark);
	free_view(&crl_bytes);
	X509_CRL_free(crl);
	return status;
}

enum tspdm_status tspdm_soft_tee_root(enum tspdm_snp_product product, uint8_t *out)
{
	EVP_PKEY *key;
	uint8_t *der = NULL;
	int len;
	bool ok;

	if (out == NULL || tspdm_soft_product(product) == NULL)
		return TSPDM_ERR_ARGUMENT;
	key = tspdm_soft_rsa_key(tspdm_soft_ark_key);
	len = key != NULL ? i2d_PUBKEY(key, &der) : 0;
	ok = len > 0 && EVP_Digest(der, (size_t)len, out, NULL, EVP_sha256(), NULL) == 1;
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	return ok ? TSPDM_OK : TSPDM_ERR_CRYPTO;
}
