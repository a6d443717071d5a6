/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The keys of a bundle: docs/bundle.md has the same rows as CDDL. A map is written, and read, in the order of its keys. */
#ifndef TSPDM_BUNDLE_LAYOUT_H
#define TSPDM_BUNDLE_LAYOUT_H

#include <tspdm/bundle.h>

#define BUNDLE_LABEL "tspdm.bundle/1"

enum bundle_key {
	KEY_TIME = 1,
	KEY_ENDPOINT = 2,
	KEY_VERIFIER = 3,
	KEY_POLICY = 4,
	KEY_AGE = 5,
	KEY_MESSAGES = 6,
	KEY_SESSION = 7,
	KEY_EVIDENCE = 8,
	KEY_CERTIFICATES = 9,
	KEY_COLLATERAL = 10,
	KEY_EVENT_LOG = 11,
	KEY_DEVICES = 12,
};

enum bundle_session_key {
	SESSION_ID = 1,
	SESSION_EXPORTER = 2,
	SESSION_CHANNEL = 3,
	SESSION_REQUESTER_KEY = 4,
	SESSION_REQUESTER_CERTIFICATES = 5,
};

enum {
	BUNDLE_DIGEST_LEN = 48, /* SHA-384 */
	BUNDLE_HEAD_MAX = 64,
	BUNDLE_CHANNEL_MAX = 64,
	BUNDLE_KEY_MAX = 1024,
	COLLATERAL_PARTS = 7,
	DEVICE_PARTS = 4,
};

/* The parts of collateral, and of a device's report, by key from 1 on; NULL: there is no such key. */
struct tspdm_view *tspdm_bundle_collateral(struct tspdm_dcap_collateral *collateral, uint64_t key);
struct tspdm_view *tspdm_bundle_device(struct tspdm_device_record *device, uint64_t key);

/* Whether the fields are such as the reader takes; NULL if they are, else which is not. */
const char *tspdm_bundle_misfit(const struct tspdm_bundle *bundle);

#endif
