/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The options that are about many endpoints. */
#include "fleet.h"
#include "forms.h"

bool fleet_on_jobs(struct options *o, const char *value, char *why)
{
	unsigned long jobs;

	if (!take_number(value, 1, 20000, &jobs))
		return refuse(why, "jobs", value, "must be 1 to 20000");
	o->jobs = (uint32_t)jobs;
	return true;
}

bool fleet_on_connect_retries(struct options *o, const char *value, char *why)
{
	unsigned long retries;

	if (!take_number(value, 0, 1000, &retries))
		return refuse(why, "connect-retries", value, "must be 0 to 1000");
	o->connect_retries = (uint32_t)retries;
	return true;
}

bool fleet_on_retry_delay(struct options *o, const char *value, char *why)
{
	unsigned long ms;

	if (!take_number(value, 1, 60000, &ms))
		return refuse(why, "retry-delay", value, "must be 1 to 60000 milliseconds");
	o->retry_delay_ms = (uint32_t)ms;
	return true;
}

/* A fleet is watched by attesting each endpoint anew: thousands of sessions need not be held open for that. */
bool fleet_settle_watch(struct options *o, char *why)
{
	if (o->watch_s == 0)
		return true;
	if (!endpoints_are_fleet(&o->endpoints))
		return session_demand(o, "watch", "", why);
	o->rounds_s = o->watch_s;
	o->watch_s = 0;
	return true;
}
