/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the parts of report verification share. */
#ifndef TSPDM_DEVICE_REPORT_REPORT_H
#define TSPDM_DEVICE_REPORT_REPORT_H

#include <tspdm/device_report.h>
#include <tspdm/message.h>

/* What the messages before the report said; zero where there are none. */
struct report_vca {
	uint8_t version;
	uint32_t asym, hash, measurement_hash;
	uint8_t measurement_specification;
	bool is_alias; /* the device has ALIAS_CERT */
};

struct report_job {
	struct tspdm_crypto *crypto;
	struct tspdm_device_report in;
	struct tspdm_device_finding *out;
	struct report_vca vca;
	struct tspdm_get_measurements request;
	struct tspdm_measurements response;
	struct tspdm_public_key *leaf_key;
	uint32_t fits; /* algorithms that the leaf's key may be for */
};

/* Takes the six messages apart, and holds them against each other. */
enum tspdm_status tspdm_report_read_vca(struct tspdm_view vca, uint8_t version, struct report_vca *out);

/* report_chain.c: splits the chain, orders it, judges it, names its anchor. Leaves the leaf's key in the job. */
enum tspdm_status tspdm_report_check_chain(struct report_job *job);

/* Walks the blocks of a record: ascending, of DMTF's specification, digests as long as they have to be (measurement_hash 0:
 * that is not known). `index` is of the last one that was looked at. */
enum tspdm_status tspdm_report_walk_blocks(
	const struct tspdm_measurements *m, uint32_t measurement_hash, unsigned *index);

/* Puts what there is to say about the device into the finding's claims. */
void tspdm_report_claims(struct tspdm_device_finding *out);

#endif
