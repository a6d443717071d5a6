/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Who the attester is: slots from files or made in memory, the device that responders answer from. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include <tspdm/secret.h>

#include "../common/public_key.h"
#include "results.h"

enum {
	DEFAULT_MAX_MESSAGE = 4096,
	EVIDENCE_MAX_MESSAGE = 32768, /* where requesters present evidence with its certificates, or results */
};

/* ---- Slots ---- */

static void wipe_file(struct file *file)
{
	if (file->bytes != NULL)
		tspdm_wipe(file->bytes, file->len);
	free(file->bytes);
}

static bool load_slot(struct attester *a, unsigned slot, char *why)
{
	const char *cert = a->options->certs[slot], *key = a->options->keys[slot];
	struct file chain = { NULL, 0 }, private_key = { NULL, 0 };
	enum tspdm_status status;

	if (!file_read(cert, &chain, why) || !file_read(key, &private_key, why)) {
		free(chain.bytes);
		return false;
	}
	status = tspdm_openssl_identity_load((struct tspdm_view){ chain.bytes, chain.len },
		(struct tspdm_view){ private_key.bytes, private_key.len }, &a->identities[slot]);
	free(chain.bytes);
	wipe_file(&private_key);
	if (status == TSPDM_ERR_KEY)
		snprintf(why, WHY_MAX, "%.200s: no private key for the leaf of %.200s", key, cert);
	else if (status != TSPDM_OK)
		snprintf(why, WHY_MAX, "%.200s: %s", cert, tspdm_status_text(status));
	return status == TSPDM_OK;
}

static bool load_slots(struct attester *a, bool *has_any, char *why)
{
	*has_any = false;
	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		if (a->options->certs[i] != NULL) {
			*has_any = true;
			if (!load_slot(a, i, why))
				return false;
		}
	return true;
}

/* What the key made in memory is for: the best of --asym. */
static uint32_t best_of(uint32_t asym)
{
	const struct tspdm_algorithm *row, *best = NULL;

	for (unsigned i = 0; (row = tspdm_algorithm_row(i)) != NULL; i++)
		if (row->kind == TSPDM_KIND_ASYM && (asym & row->bit) != 0 && (best == NULL || row->rank > best->rank))
			best = row;
	return best != NULL ? best->bit : TSPDM_ASYM_ECDSA_P384;
}

static enum exit_status make_slot(struct attester *a, char *why)
{
	const struct tspdm_openssl_make make = {
		.size = sizeof make,
		.asym = best_of(a->options->asym),
		.common_name = "tspdm-attester",
	};
	enum tspdm_status status = evidence_identity(a, &make, 0);

	if (status == TSPDM_OK)
		return EXIT_GOOD;
	snprintf(why, WHY_MAX, "an identity for %s: %s", tspdm_algorithm_by_bit(TSPDM_KIND_ASYM, make.asym)->name,
		tspdm_status_text(status));
	return status == TSPDM_ERR_UNSUPPORTED ? EXIT_USAGE : EXIT_SYSTEM;
}

/* Slots of the device, signing late if asked to. */
static void fill_slots(struct attester *a)
{
	for (unsigned i = 0; i < TSPDM_SLOTS; i++) {
		struct tspdm_slot *slot = &a->device.slots[i];

		if (a->identities[i] == NULL)
			continue;
		tspdm_openssl_identity_slot(a->identities[i], slot);
		if (a->options->delay_us == 0)
			continue;
		delayed_signer_init(&a->signers[i], slot->signer, a->options->delay_us);
		slot->signer = &a->signers[i].base;
	}
}

static enum exit_status open_slots(struct attester *a, char *why)
{
	bool has_any;

	if (!load_slots(a, &has_any, why))
		return EXIT_USAGE;
	if (!has_any) {
		enum exit_status made = make_slot(a, why);

		if (made != EXIT_GOOD)
			return made;
	} else if (a->source != NULL) {
		log_line(LOG_WARN, "identity", NULL,
			"--cert with --tee: the evidence is fresh only, no certificate carries it");
	}
	fill_slots(a);
	if (a->options->is_key_alone) {
		a->device.public_key = *attester_slot(a);
		a->device.public_key.certificates = a->device.public_key.root = (struct tspdm_view){ NULL, 0 };
	}
	return provision_open(a, why) ? EXIT_GOOD : EXIT_USAGE;
}

const struct tspdm_slot *attester_slot(const struct attester *a)
{
	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		if (a->device.slots[i].certificates.len != 0)
			return &a->device.slots[i];
	return NULL;
}

/* ---- What verifiers are given ---- */

static bool write_root(const struct attester *a, char *why)
{
	const char *path = a->options->write_root;
	const struct tspdm_slot *slot = attester_slot(a);
	const uint8_t *next = slot->certificates.ptr;
	X509 *root = d2i_X509(NULL, &next, (long)slot->certificates.len);
	FILE *out = root != NULL ? fopen(path, "w") : NULL;
	bool is_good = out != NULL && PEM_write_X509(out, root) == 1;

	if (out != NULL && fclose(out) != 0)
		is_good = false;
	X509_free(root);
	if (!is_good)
		snprintf(why, WHY_MAX, "--write-root %.200s: %s", path, strerror(errno));
	return is_good;
}

static bool write_files(const struct attester *a, char *why)
{
	const struct options *o = a->options;

	if (o->write_public_key != NULL && !public_key_write(o->write_public_key, attester_slot(a)->spki, why))
		return false;
	return o->write_root == NULL || write_root(a, why);
}

/* ---- The whole ---- */

static void say_unfit(char *why, const char *option, enum tspdm_algorithm_kind kind, uint32_t unfit, const char *what)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(kind, unfit & (~unfit + 1));

	snprintf(why, WHY_MAX, "--%s %s: %s", option, row != NULL ? row->name : "?", what);
}

/* What is offered must be there, and a key that serves only where it is named has to be. */
static bool check_algorithms(const struct attester *a, char *why)
{
	static const char absent[] = "OpenSSL here does not have it";
	const struct options *o = a->options;
	struct tspdm_crypto_support support = { 0 };
	uint32_t signs = 0, measures = o->measurement_hash >> 1;

	a->crypto->ops->supported(a->crypto, &support);
	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		signs |= a->device.slots[i].asym;
	if ((o->asym & ~signs) != 0)
		say_unfit(why, "asym", TSPDM_KIND_ASYM, o->asym & ~signs, "no slot's key signs with it");
	else if (o->asym == 0 && signs == TSPDM_ASYM_SM2)
		say_unfit(why, "asym", TSPDM_KIND_ASYM, signs, "has to be given: the key is for nothing else");
	else if ((o->hash & ~support.hash) != 0)
		say_unfit(why, "hash", TSPDM_KIND_HASH, o->hash & ~support.hash, absent);
	else if ((measures & ~support.hash) != 0)
		say_unfit(why, "meas-hash", TSPDM_KIND_HASH, measures, absent);
	else if ((o->dhe & ~support.dhe) != 0)
		say_unfit(why, "dhe", TSPDM_KIND_DHE, o->dhe & ~support.dhe, absent);
	else if ((o->aead & ~support.aead) != 0)
		say_unfit(why, "aead", TSPDM_KIND_AEAD, o->aead & ~support.aead, absent);
	else
		return true;
	return false;
}

static bool open_blocks(struct attester *a, char *why)
{
	const struct options *o = a->options;

	if (!evidence_blocks(a, why))
		return false;
	if (o->measurements != NULL && !blocks_read(&a->blocks, o, a->crypto, why))
		return false;
	if (a->source == NULL && o->measurements == NULL &&
		!blocks_of_program(&a->blocks, a->crypto, o->measurement_hash, why))
		return false;
	a->device.blocks = a->blocks.items;
	a->device.block_count = a->blocks.count;
	return true;
}

void attester_configure(const struct attester *a, struct tspdm_responder_config *config)
{
	const struct options *o = a->options;
	uint32_t piece = o->data_transfer_size;
	bool is_more_taken = o->attest_peer != PEER_NONE || o->accept_result != NULL;
	uint32_t least = is_more_taken ? EVIDENCE_MAX_MESSAGE : DEFAULT_MAX_MESSAGE;
	uint32_t max = o->max_message != 0 ? o->max_message : least;

	if (max < piece)
		max = piece;

	*config = (struct tspdm_responder_config){
		.size = sizeof *config,
		.crypto = a->crypto,
		.device = (struct tspdm_device *)&a->device.base,
		.versions = o->versions,
		.strict = o->is_strict ? TSPDM_STRICT_ALL : 0,
		.capabilities = o->capabilities,
		.asym = o->asym,
		.hash = o->hash,
		.measurement_hash = o->measurement_hash,
		.dhe = o->dhe,
		.aead = o->aead,
		.heartbeat_s = o->heartbeat_s,
		.psk = a->psk.count != 0 ? (struct tspdm_psk_store *)&a->psk.table.base : NULL,
		.is_trusted_environment = o->is_trusted_environment,
		.max_message = max,
		.data_transfer_size = piece,
		.evidence_enterprise = o->enterprise,
		.key_log = keylog_hook(a->capture->keylog),
		.evidence_items = a->devices.count != 0 ? a->devices.items : NULL,
		.evidence_item_count = a->devices.count,
	};
	if (o->provision != NULL)
		config->capabilities |= TSPDM_CAP_CSR | TSPDM_CAP_SET_CERT;
	/* keys are there to be used, in the better of the two ways unless --caps says which */
	if (config->psk != NULL && (config->capabilities & TSPDM_CAP_PSK_MASK) == 0)
		config->capabilities |= TSPDM_CAP_PSK_WITH_CONTEXT;
	if (o->update_keys_s != 0)
		config->capabilities |= TSPDM_CAP_ENCAP;
	if (piece != 0 && piece < max)
		config->capabilities |= TSPDM_CAP_CHUNK;
}

/* A responder like those of the connections: what is wrong with the configuration shows before anybody connects. */
static bool try_configuration(const struct attester *a, char *why)
{
	struct tspdm_responder_config config;
	struct tspdm_responder *responder = NULL;
	uint8_t record = 0, *large;
	void *memory = malloc(tspdm_responder_size()), *sessions = malloc(tspdm_session_size());
	enum tspdm_status status = TSPDM_ERR_MEMORY;

	attester_configure(a, &config);
	config.binding = &tspdm_binding_tcp;
	config.sessions = sessions;
	config.sessions_len = tspdm_session_size();
	config.record = &record; /* for the trial there is no record that would need more */
	config.record_len = 1;
	config.requester_chain = &record;
	config.requester_chain_len = 1;
	mutual_configure(a, &config, NULL);
	attest_peer_configure(a, NULL, &config);
	results_configure(a, NULL, &config);
	large = malloc(config.max_message);
	config.large = large;
	config.large_len = config.max_message;
	if (memory != NULL && sessions != NULL && large != NULL)
		status = tspdm_responder_init(memory, tspdm_responder_size(), &config, &responder);
	tspdm_responder_wipe(responder);
	free(memory);
	free(sessions);
	free(large);
	if (status != TSPDM_OK)
		snprintf(why, WHY_MAX, "the options do not go together: %s", tspdm_status_text(status));
	return status == TSPDM_OK;
}

static bool open_keys(struct attester *a, char *why)
{
	const struct text_list *given = &a->options->psks;
	const struct tspdm_psk *weakest;

	for (unsigned i = 0; i < given->count; i++)
		if (!psk_add(&a->psk, given->items[i], why))
			return false;
	(void)psk_store(&a->psk);
	weakest = psk_weakest(&a->psk);
	if (weakest != NULL)
		log_line(LOG_WARN, "weak-psk", NULL,
			"--psk: a secret of %zu bytes can be found by trying; take 32 random ones",
			weakest->secret.len);
	return true;
}

static bool open_tls(struct attester *a, char *why)
{
	return !options_want_tls(a->options) || tls_open(&a->options->tls, true, &a->tls, why);
}

static void say_tee(enum tee_word word, const char *text)
{
	static const char *const events[] = { "tee", "soft-tee", "no-evidence" };

	log_line(word == TEE_FAILED ? LOG_WARN : LOG_ALWAYS, events[word], NULL, "%s", text);
}

static enum exit_status open_tee(struct attester *a, char *why)
{
	struct tee_options o = a->options->tee;

	o.say = say_tee;
	switch (tee_open(&o, &a->tee, why)) {
	case TSPDM_OK:
		a->source = a->tee.source;
		if (a->source != NULL)
			a->device.evidence = meter(&a->metered, a->source, &a->capture->metrics);
		return EXIT_GOOD;
	case TSPDM_ERR_EVIDENCE_SOURCE:
		return EXIT_NO_TEE;
	case TSPDM_ERR_UNSUPPORTED:
		return EXIT_USAGE;
	default:
		return EXIT_SYSTEM;
	}
}

static enum exit_status init(struct attester *a, char *why)
{
	enum exit_status status;

	tspdm_basic_device_init(&a->device);
	if (tspdm_openssl_new(&a->crypto) != TSPDM_OK) {
		a->crypto = NULL;
		snprintf(why, WHY_MAX, "OpenSSL cannot be used");
		return EXIT_SYSTEM;
	}
	status = open_tee(a, why);
	if (status != EXIT_GOOD)
		return status;
	if (a->options->reply != NULL && !file_read(a->options->reply, &a->reply, why))
		return EXIT_USAGE;
	status = open_slots(a, why);
	if (status != EXIT_GOOD)
		return status;
	if (!mutual_open(a, why) || !attest_peer_open(a, why) || !results_open(a, why) || !check_algorithms(a, why) ||
		!open_blocks(a, why) || !devices_open(a, why) || !open_keys(a, why) || !try_configuration(a, why) ||
		!collateral_write(a, why))
		return EXIT_USAGE;
	return open_tls(a, why) && write_files(a, why) ? EXIT_GOOD : EXIT_USAGE;
}

static void free_attester(struct attester *a)
{
	capture_release(a->capture);
	tspdm_tls_context_free(a->tls);
	psk_wipe(&a->psk);
	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		tspdm_openssl_identity_free(a->identities[i]);
	blocks_free(&a->blocks);
	devices_free(a);
	mutual_free(a);
	attest_peer_free(a);
	results_free(a);
	provision_free(a);
	free(a->evidence);
	if (a->reply.bytes != NULL)
		tspdm_wipe(a->reply.bytes, a->reply.len);
	free(a->reply.bytes);
	tee_close(&a->tee);
	tspdm_openssl_free(a->crypto);
	free(a);
}

enum exit_status attester_new(const struct options *o, const struct attester *before, struct attester **out, char *why)
{
	struct attester *a = calloc(1, sizeof *a);
	enum exit_status status = EXIT_SYSTEM;

	snprintf(why, WHY_MAX, "out of memory");
	*out = NULL;
	if (a == NULL)
		return EXIT_SYSTEM;
	a->options = o;
	a->holders = 1;
	a->capture = before != NULL ? capture_hold(before->capture) : capture_new();
	if (a->capture != NULL)
		status = init(a, why);
	if (status == EXIT_GOOD && before == NULL && !capture_open(a->capture, o, why))
		status = EXIT_USAGE;
	if (status == EXIT_GOOD)
		*out = a;
	else
		attester_release(a);
	return status;
}

struct attester *attester_hold(struct attester *a)
{
	a->holders++;
	return a;
}

void attester_release(struct attester *a)
{
	if (--a->holders == 0)
		free_attester(a);
}
