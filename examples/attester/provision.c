/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --provision: chains that requesters set. Each slot's is a file in a directory, replaced as a whole, and served again
 * after a restart; keys stay where they are. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tspdm/secret.h>

#include "attester.h"

enum { PATH_ROOM = 1024 };

static bool path_of(const struct attester *a, unsigned slot, const char *suffix, char path[PATH_ROOM])
{
	int len = snprintf(path, PATH_ROOM, "%s/slot%u.der%s", a->options->provision, slot, suffix);

	return len > 0 && len < PATH_ROOM;
}

/* ---- Keeping ---- */

static bool write_file(const char *path, struct tspdm_view bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool is_good = fd >= 0 && file_write_all(fd, bytes) && fsync(fd) == 0;

	if (fd >= 0 && close(fd) != 0)
		is_good = false;
	return is_good;
}

/* The name is on the disk too. */
static bool sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_good = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return is_good;
}

/* Whoever looks sees the old chain or the new one, never a part. */
static bool store(const struct attester *a, unsigned slot, struct tspdm_view chain)
{
	char path[PATH_ROOM], part[PATH_ROOM];

	if (!path_of(a, slot, "", path) || !path_of(a, slot, ".part", part))
		return false;
	if (write_file(part, chain) && rename(part, path) == 0)
		return sync_directory(a->options->provision);
	(void)unlink(part);
	return false;
}

/* Puts a chain into a slot of the device; the memory is the attester's from here on. */
static void show(struct attester *a, unsigned slot, struct file chain)
{
	free(a->provisioned[slot].bytes);
	a->provisioned[slot] = chain;
	a->device.slots[slot].certificates = (struct tspdm_view){ chain.bytes, chain.len };
	a->device.slots[slot].root = (struct tspdm_view){ NULL, 0 };
}

static enum tspdm_status set_certificate(
	void *context, const struct tspdm_new_chain *chain, struct tspdm_pending *pending)
{
	struct attester *a = context;
	struct file kept = { malloc(chain->certificates.len), chain->certificates.len };

	(void)pending;
	if (kept.bytes == NULL)
		return TSPDM_ERR_MEMORY;
	memcpy(kept.bytes, chain->certificates.ptr, kept.len);
	if (!store(a, chain->slot, chain->certificates)) {
		log_line(LOG_ERROR, "provision", NULL, "--provision %s: the chain of slot %u cannot be kept: %s",
			a->options->provision, chain->slot, strerror(errno));
		free(kept.bytes);
		return TSPDM_ERR_STORAGE;
	}
	log_line(LOG_INFO, "provision", NULL, "slot %u has a new chain, which came %s", chain->slot,
		chain->is_in_session ? "in a session" : "in the clear");
	if ((a->options->capabilities & TSPDM_CAP_CERT_INSTALL_RESET) != 0) {
		free(kept.bytes);
		return TSPDM_ERR_RESET_REQUIRED; /* it is read when the attester starts again */
	}
	show(a, chain->slot, kept);
	return TSPDM_OK;
}

/* GET_CSR of 1.2 names no slot: the first key that signs with what was negotiated. */
static enum tspdm_status make_csr(
	void *context, const struct tspdm_csr_request *request, struct tspdm_buffer *csr, struct tspdm_pending *pending)
{
	struct attester *a = context;

	(void)pending;
	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		if (a->identities[i] != NULL && (a->device.slots[i].asym & request->asym) != 0)
			return tspdm_openssl_identity_request(a->identities[i], request, "tspdm-attester", csr);
	return TSPDM_ERR_UNSUPPORTED;
}

/* ---- One store for all connections. Each has a device of its own, a copy whose chains would grow old. ---- */

static struct tspdm_device *shared(struct tspdm_device *device)
{
	struct attester *a = ((struct tspdm_basic_device *)device)->provision_context;

	return &a->device.base;
}

static enum tspdm_status shared_slot(struct tspdm_device *device, unsigned slot, struct tspdm_slot *out)
{
	return shared(device)->ops->slot(shared(device), slot, out);
}

static enum tspdm_status shared_set_certificate(
	struct tspdm_device *device, const struct tspdm_new_chain *chain, struct tspdm_pending *pending)
{
	return shared(device)->ops->set_certificate(shared(device), chain, pending);
}

static uint32_t shared_generation(struct tspdm_device *device)
{
	return shared(device)->ops->generation(shared(device));
}

void provision_share(struct attester *a, struct tspdm_basic_device *device)
{
	if (a->options->provision == NULL)
		return;
	a->sharing = *a->device.base.ops;
	a->sharing.slot = shared_slot;
	a->sharing.set_certificate = shared_set_certificate;
	a->sharing.generation = shared_generation;
	device->base.ops = &a->sharing;
}

/* ---- Beginning ---- */

/* Loading it with the key tells whether the chain is whole, in order, and the key's. */
static bool read_chain(struct attester *a, unsigned slot, struct file key, struct file chain, char *why)
{
	struct tspdm_openssl_identity *identity = NULL;
	enum tspdm_status status = tspdm_openssl_identity_load(
		(struct tspdm_view){ chain.bytes, chain.len }, (struct tspdm_view){ key.bytes, key.len }, &identity);

	tspdm_openssl_identity_free(identity);
	if (status == TSPDM_OK) {
		show(a, slot, chain);
		return true;
	}
	snprintf(why, WHY_MAX, "--provision %.200s: slot%u.der: %s", a->options->provision, slot,
		tspdm_status_text(status));
	free(chain.bytes);
	return false;
}

/* What was set before takes the place of what --cert gives. */
static bool read_slot(struct attester *a, unsigned slot, const char *key_path, char *why)
{
	struct file chain = { NULL, 0 }, key = { NULL, 0 };
	char path[PATH_ROOM];
	bool is_good;

	if (!path_of(a, slot, "", path)) {
		snprintf(why, WHY_MAX, "--provision: the directory's name is too long");
		return false;
	}
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return true;
	if (!file_read(path, &chain, why))
		return false;
	if (!file_read(key_path, &key, why)) {
		free(chain.bytes);
		return false;
	}
	is_good = read_chain(a, slot, key, chain, why);
	tspdm_wipe(key.bytes, key.len);
	free(key.bytes);
	return is_good;
}

/* Slots without a key of their own have the first one's. */
bool provision_open(struct attester *a, char *why)
{
	const struct options *o = a->options;
	unsigned first = 0;

	if (o->provision == NULL)
		return true;
	if (access(o->provision, R_OK | W_OK | X_OK) != 0) {
		snprintf(why, WHY_MAX, "--provision %.300s: %s", o->provision, strerror(errno));
		return false;
	}
	while (o->keys[first] == NULL) /* there is one, or --provision was refused */
		first++;
	for (unsigned i = 0; i < TSPDM_SLOTS; i++) {
		if (o->keys[i] == NULL) {
			a->device.slots[i] = a->device.slots[first];
			a->device.slots[i].certificates = (struct tspdm_view){ NULL, 0 };
		}
		if (!read_slot(a, i, o->keys[o->keys[i] != NULL ? i : first], why))
			return false;
	}
	a->device.csr = make_csr;
	a->device.set_certificate = set_certificate;
	a->device.provision_context = a;
	return true;
}

void provision_free(struct attester *a)
{
	for (unsigned i = 0; i < TSPDM_SLOTS; i++)
		free(a->provisioned[i].bytes);
}
