/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A device's report as it lies in a directory: the files get_measurements.bin, measurements.bin, chain.pem (or chain.der)
 * and, from SPDM 1.2 on, vca.bin. Other files in it do not count: a root is not trusted because it lies beside what it
 * vouches for. */
#ifndef EXAMPLES_DEVICE_FILES_H
#define EXAMPLES_DEVICE_FILES_H

#include <tspdm/device_report.h>

#include "common.h"

struct device_files {
	struct file request, response, vca;
	struct file chain; /* DER */
};

/* TSPDM_ERR_POLICY_FORM: what was typed names none; else the chain is none. What was read is to be freed in any case. */
enum tspdm_status device_files_read(const char *directory, struct device_files *d, char *why);
void device_files_free(struct device_files *d);
struct tspdm_device_record device_files_record(const struct device_files *d);

#endif
