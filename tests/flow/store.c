/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A device that keeps the chains it is given, and the CA that makes them. */
#include <openssl/x509v3.h>

#include "store.h"

/* ---- The CA. Its keys are Ed25519, so that signatures have one length. ---- */

static void add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static void set_name(X509_NAME *name, const char *common_name)
{
	assert_int_equal(
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common_name, -1, -1, 0), 1);
}

struct certificate {
	const char *subject, *issuer;
	EVP_PKEY *key, *signer;
	bool is_ca, has_no_usage;
	unsigned serial;
};

static void append_certificate(struct tspdm_buffer *out, const struct certificate *c)
{
	X509 *made = X509_new();
	uint8_t *next = out->ptr + out->len;

	assert_non_null(made);
	X509_set_version(made, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(made), 1000 + (long)c->serial);
	set_name(X509_get_subject_name(made), c->subject);
	set_name(X509_get_issuer_name(made), c->issuer);
	ASN1_TIME_set(X509_getm_notBefore(made), 1700000000);
	ASN1_TIME_set(X509_getm_notAfter(made), 2000000000);
	assert_int_equal(X509_set_pubkey(made, c->key), 1);
	add_extension(made, NID_basic_constraints, c->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (!c->has_no_usage)
		add_extension(made, NID_key_usage, c->is_ca ? "critical,keyCertSign" : "critical,digitalSignature");
	assert_true(X509_sign(made, c->signer, NULL) > 0);
	assert_true((size_t)i2d_X509(made, NULL) <= out->cap - out->len);
	out->len += (size_t)i2d_X509(made, &next);
	X509_free(made);
}

static EVP_PKEY *own_key(const struct store *store, unsigned slot)
{
	const uint8_t *next = store->device->slots[slot].spki.ptr;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &next, (long)store->device->slots[slot].spki.len);

	assert_non_null(key);
	return key;
}

struct tspdm_view store_chain(struct store *store, enum flaw flaw, unsigned number, uint8_t room[CHAIN_ROOM])
{
	struct tspdm_buffer out = { room, CHAIN_ROOM, 0 };
	bool is_alias = store->device->device_ca.len != 0;
	EVP_PKEY *other = EVP_EC_gen("P-256"), *own = own_key(store, 0);
	const struct certificate root = { "root", "root", store->root, store->root, true, false, number };
	struct certificate last = { is_alias ? "device" : "leaf", "root", is_alias ? store->device_ca : own,
		store->root, is_alias, false, number };

	if (flaw == OTHER_KEY)
		last.key = other;
	last.is_ca ^= flaw == LEAF_IS_CA;
	last.has_no_usage = flaw == NO_KEY_USAGE;
	append_certificate(&out, &root);
	append_certificate(&out, &last);
	if (flaw == BROKEN_SIGNATURE)
		room[out.len - 1] ^= 1;
	EVP_PKEY_free(other);
	EVP_PKEY_free(own);
	return tspdm_buffer_view(&out);
}

/* ---- The device ---- */

/* In the AliasCert model the device puts the certificate of its signing key below what it was given. */
static void append_alias(struct store *store, unsigned slot, struct tspdm_buffer *out)
{
	EVP_PKEY *own = own_key(store, slot);
	const struct certificate alias = { "alias", "device", own, store->device_ca, false, false, 7 };

	append_certificate(out, &alias);
	EVP_PKEY_free(own);
}

static enum tspdm_status keep(void *context, const struct tspdm_new_chain *chain, struct tspdm_pending *pending)
{
	struct store *store = context;
	struct tspdm_buffer out = { store->room[chain->slot], CHAIN_ROOM, 0 };

	store->calls++;
	store->last = *chain;
	if (store->delay != 0) {
		store->delay--;
		pending->retry_us = 2000;
		return TSPDM_AGAIN;
	}
	if (store->outcome != TSPDM_OK)
		return store->outcome;
	assert_true(chain->certificates.len <= CHAIN_ROOM);
	memcpy(out.ptr, chain->certificates.ptr, chain->certificates.len);
	out.len = chain->certificates.len;
	if (chain->is_device_ca)
		append_alias(store, chain->slot, &out);
	store->device->slots[chain->slot].certificates = tspdm_buffer_view(&out);
	return TSPDM_OK;
}

static enum tspdm_status make_request(
	void *context, const struct tspdm_csr_request *request, struct tspdm_buffer *csr, struct tspdm_pending *pending)
{
	struct store *store = context;
	const struct tspdm_openssl_identity *identity =
		(const struct tspdm_openssl_identity *)store->device->slots[0].signer;

	store->calls++;
	if (store->delay != 0) {
		store->delay--;
		pending->retry_us = 2000;
		return TSPDM_AGAIN;
	}
	if (store->csr_outcome != TSPDM_OK)
		return store->csr_outcome;
	return tspdm_openssl_identity_request(identity, request, "a device", csr);
}

static void set_model(struct store *store, bool is_alias)
{
	uint8_t *next = store->device_ca_spki;

	if (is_alias)
		store->device->device_ca = (struct tspdm_view){ next, (size_t)i2d_PUBKEY(store->device_ca, &next) };
}

struct pair *store_pair(struct store *store, uint32_t capabilities, uint32_t session_capabilities)
{
	struct pair *pair = pair_new(&(struct pair_options){
		.capabilities = capabilities, .session_capabilities = session_capabilities, .allow_unanchored = true });

	memset(store, 0, sizeof *store);
	store->device = &pair->device;
	store->root = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	store->device_ca = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	assert_true(store->root != NULL && store->device_ca != NULL);
	for (unsigned i = 1; i < 8; i++) {
		pair->device.slots[i] = pair->device.slots[0];
		pair->device.slots[i].certificates = (struct tspdm_view){ NULL, 0 };
	}
	pair->device.csr = make_request;
	pair->device.set_certificate = keep;
	pair->device.provision_context = store;
	set_model(store, (capabilities & TSPDM_CAP_ALIAS_CERT) != 0);
	return pair;
}

void store_free(struct store *store, struct pair *pair)
{
	EVP_PKEY_free(store->root);
	EVP_PKEY_free(store->device_ca);
	pair_free(pair);
}

enum tspdm_status set_chain(struct pair *pair, uint8_t slot, struct tspdm_view chain)
{
	TSPDM_TRY(tspdm_requester_set_certificate(pair->requester, slot, chain));
	return pair_run(pair);
}

enum tspdm_status authenticate_slot(struct pair *pair, uint8_t slot)
{
	const struct tspdm_authenticate job = {
		.slot = slot, .skip_challenge = false, .chain = pair->chain, .chain_cap = sizeof pair->chain
	};

	TSPDM_TRY(tspdm_requester_authenticate(pair->requester, &job));
	return pair_run(pair);
}
