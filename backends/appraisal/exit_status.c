/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The exit status of the programs for each status: a row for each class, and rows for statuses that differ from their
 * class. The texts of --help and of the man pages say the same. */
#include <tspdm/appraisal.h>

enum {
	EXIT_TRUSTED = 0,
	EXIT_INTERNAL = 1,
	EXIT_USAGE = 2,
	EXIT_TRANSPORT = 3,
	EXIT_PROTOCOL = 4,
	EXIT_AUTHENTICATION = 5,
	EXIT_EVIDENCE = 6,
	EXIT_POLICY = 7,
	EXIT_COLLATERAL = 8,
};

static const struct {
	enum tspdm_status status;
	int exit_status;
} exceptions[] = {
	{ TSPDM_AGAIN, EXIT_INTERNAL }, /* nobody may take "not yet" for "trusted" */
	{ TSPDM_ERR_TIMEOUT, EXIT_TRANSPORT },
	{ TSPDM_ERR_POLICY_FORM, EXIT_USAGE },
	{ TSPDM_ERR_ENDPOINT, EXIT_USAGE },
	{ TSPDM_ERR_COLLATERAL, EXIT_COLLATERAL },
	{ TSPDM_ERR_REVOKED, EXIT_COLLATERAL },
};

static const struct {
	enum tspdm_status_class class;
	int exit_status;
} classes[] = {
	{ TSPDM_CLASS_CALLER, EXIT_INTERNAL },
	{ TSPDM_CLASS_RESOURCE, EXIT_INTERNAL },
	{ TSPDM_CLASS_FORM, EXIT_PROTOCOL },
	{ TSPDM_CLASS_RULE, EXIT_PROTOCOL },
	{ TSPDM_CLASS_PEER, EXIT_PROTOCOL },
	{ TSPDM_CLASS_CRYPTO, EXIT_AUTHENTICATION },
	{ TSPDM_CLASS_EVIDENCE, EXIT_EVIDENCE },
	{ TSPDM_CLASS_POLICY, EXIT_POLICY },
	{ TSPDM_CLASS_TRANSPORT, EXIT_TRANSPORT },
};

int tspdm_exit_status(enum tspdm_status status)
{
	enum tspdm_status_class class = tspdm_status_class(status);

	if (status == TSPDM_OK)
		return EXIT_TRUSTED;
	for (size_t i = 0; i < sizeof exceptions / sizeof exceptions[0]; i++)
		if (exceptions[i].status == status)
			return exceptions[i].exit_status;
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (classes[i].class == class)
			return classes[i].exit_status;
	return EXIT_INTERNAL;
}
