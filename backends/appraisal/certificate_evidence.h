/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Inside of the reading of evidence in certificates, for the fuzzer. */
#ifndef TSPDM_APPRAISAL_CERTIFICATE_EVIDENCE_H
#define TSPDM_APPRAISAL_CERTIFICATE_EVIDENCE_H

#include <tspdm/appraisal.h>

/* Reads the tagged array, or a wrapper around it, from its first byte to its last. Views of `out` point into `content`. */
enum tspdm_status tspdm_read_tagged_evidence(struct tspdm_view content, struct tspdm_tagged_evidence *out);

#endif
