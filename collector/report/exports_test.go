package report

import (
	"strings"
	"testing"
)

// exports are columns of further exports: header, a cell, and what a person
// would make of it (L, V, M for a mean, T).
var exports = map[string]string{
	"databricks":   `record_id|a1|L,account_id|ab-1|L,workspace_id|123456789|L,sku_name|PREMIUM|L,cloud|AWS|L,usage_start_time|2026-01-01T00:00:00.000+00:00|T,usage_end_time|2026-01-01T01:00:00.000+00:00|T,usage_date|2026-01-01|T,usage_unit|DBU|L,usage_quantity|1.25|V,list_cost|0.5|V,job_id|77|L,cluster_id|0101-abc|L,job_run_id|88|L,node_type|i3.xlarge|L,dbus|4|V`,
	"digitalocean": `product|Droplets|L,group_description||I,description|web (s-1vcpu-1gb)|L,hours|744|V,start|2026-01-01 00:00:00 +0000|T,end|2026-02-01 00:00:00 +0000|T,USD|$6.00|V,project_name|main|L,category|iaas|L`,
	"atlas":        `Date|01/31/2026|T,Organization ID|5f|L,Organization Name|acme|L,Project ID|6a|L,SKU|ATLAS_AWS_M10|L,Region|US_EAST_1|L,Unit Price Dollars|0.08|M,Quantity|24|V,Unit|server hours|L,Discount Percent|0|M,Amount|1.92|V,Cluster|c0|L,Days|31|V`,
	"confluent":    `start_date|2026-01-01|T,end_date|2026-02-01|T,granularity|DAILY|L,product|KAFKA|L,line_type|KAFKA_STORAGE|L,amount|1.5|V,original_amount|2|V,discount_amount|0.5|V,price|0.1|M,quantity|15|V,unit|GB|L,resource_id|lkc-1|L,network_access_type|INTERNET|L`,
	"google_ads":   `Campaign|Brand|L,Campaign ID|1234567|L,Ad group ID|77|L,Currency code|EUR|L,Impr.|1200|V,Clicks|33|V,CTR|2.75%|M,Avg. CPC|0.35|M,Cost|11.55|V,Conversions|2.00|V,Conv. rate|6.06%|M,Cost / conv.|5.78|V,Quality Score|7|V`,
	"meta_ads":     `Reporting starts|2026-01-01|T,Reporting ends|2026-01-31|T,Campaign name|x|L,Ad set budget|10|V,Results|5|V,Reach|1000|V,Impressions|1200|V,Frequency|1.2|V,Cost per results|2.1|M,Amount spent (EUR)|10.5|V,CPM (cost per 1000 impressions)|8.7|M,Link clicks|20|V`,
	"shopify":      `Name|#1001|L,Email|a@example.com|L,Financial Status|paid|L,Paid at|2026-01-01 10:00:00 -0500|T,Currency|USD|L,Subtotal|10.00|V,Shipping|5.00|V,Taxes|1.00|V,Total|16.00|V,Discount Code|X1|L,Discount Amount|0.00|V,Created at|2026-01-01 10:00:00 -0500|T,Lineitem quantity|1|V,Lineitem price|10.00|M,Lineitem sku|77|L,Billing Zip|'10001|L,Id|450789469|L,Refunded Amount|0.00|V,Phone|14155550100|L,Receipt Number|12|L`,
	"paypal":       `Date|01/05/2026|T,Time|10:11:12|L,TimeZone|PST|L,Name|A|L,Type|Payment|L,Status|Completed|L,Currency|USD|L,Gross|100.00|V,Fee|-3.20|V,Net|96.80|V,Transaction ID|1AB|L,Invoice Number|77|L,Quantity|1|V,Receipt ID|5|L,Balance|200.10|V`,
	"zendesk":      `Ticket ID|123|L,Created at|2026-01-01T00:00:00Z|T,Requester ID|55|L,Assignee ID|66|L,Group|Support|L,Priority|2|L,Reply count|3|V,Reopens|0|V,First reply time (min)|12|V,Satisfaction score|4|V`,
	"jira":         `Issue key|A-1|L,Issue id|10001|L,Parent id|10000|L,Story Points|5|V,Original Estimate|3600|V,Time Spent|1800|V,Sprint|12|L,Votes|0|V,Watchers|1|V,Created|02/Jan/26 3:04 PM|T,Due date|2026-01-05|T,Work Ratio|50%|M`,
	"sentry":       `timestamp|2026-01-01T00:00:00Z|T,project|web|L,category|error|L,outcome|accepted|L,reason||I,quantity|50|V,times_seen|5|V`,
	"newrelic":     `consumingAccountId|123|L,consumingAccountName|a|L,metric|GigabytesIngested|L,GigabytesIngested|12.5|V,FullPlatformUsersBillable|3|V,estimatedCost|4.2|V,month|January 2026|T,usersCount|4|V`,
	"sendgrid":     `date|2026-01-01|T,requests|10|V,delivered|9|V,opens|5|V,unique_opens|4|V,bounces|1|V,bounce_drops|0|V,spam_report_drops|0|V,invalid_emails|0|V,processed|10|V,deferred|0|V,blocks|0|V`,
	"cloudfront":   `Date|2026-01-01|T,Location|FRA|L,HTTPStatusCode|200|L,TotalCount|100|V,HitCount|90|V,BytesOut|123456|V,RequestCount|100|V,2xxCount|90|V,CacheHitRate|0.9|M`,
	"statsig_raw":  `company_id|1|L,project_id|abc|L,ds|2026-01-01|T,event_name|x|L,event_category|custom_event|L,is_billable|1|L,num_events|100|V,num_gate_checks|5|V,num_exposures|9|V,dedup_ratio|0.5|M,usage_units|100|V,billed_amount_usd|0.1|V,plan_limit|5000000|V,overage_rate|0.05|M,metered_events_mtd|100|V`,
	"oracle_cloud": `lineItem/referenceNo|ABC|L,lineItem/tenantId|ocid1|L,lineItem/intervalUsageStart|2026-01-01T00:00Z|T,lineItem/intervalUsageEnd|2026-01-01T01:00Z|T,product/service|COMPUTE|L,product/compartmentId|o|L,product/region|eu|L,usage/billedQuantity|1|V,usage/billedQuantityOverage|0|V,cost/subscriptionId|5551|L,cost/productSku|B88|L,cost/unitPrice|0.01|M,cost/unitPriceOverage|0.01|M,cost/myCost|0.01|V,cost/myCostOverage|0|V,cost/currencyCode|USD|L,cost/billingUnitReadable|GB|L,cost/skuUnitDescription|x|L,cost/overageFlag|N|L,lineItem/isCorrection|false|L,lineItem/backreferenceNo||I`,
	"alibaba":      `Instance ID|i-1|L,Billing Date|20260101|T,User ID|1001234|L,Consume Time|2026-01-01 00:00:00|T,Bill Type|PayAsYouGo|L,List Price|1.2|M,Pretax Amount|1.1|V,Usage|24|V,Usage Unit|Hour|L,Payment Amount|1.1|V,Owner ID|55|L`,
	"hetzner":      `Beschreibung|Server CX11|L,Menge|1|V,Einheit|Monat|L,Von|2026-01-01|T,Bis|2026-01-31|T,Einzelpreis|2.49|M,Gesamtpreis|2.49|M,Projekt|main|L`,
	"telecom":      `Call Date|2026-01-01 10:11:12|T,Caller|491701234567|L,Callee|491701234568|L,Destination Number|491701234568|L,Duration (sec)|60|V,Charge|0.10|V,Trunk|3|V,CLI|491701234567|L`,
	"energy":       `Meter Number|123456|L,Reading Date|2026-01-01|T,Consumption kWh|12.5|V,Peak kW|3|V,Tariff|A|L,Unit rate|0.3|M,Standing charge|0.5|V`,
}

func TestTheColumnsOfFurtherExportsAreWhatAPersonWouldSay(t *testing.T) {
	for name, list := range exports {
		var header, cells, want []string
		for _, column := range strings.Split(list, ",") {
			part := strings.Split(column, "|")
			if len(part) != 3 {
				t.Fatalf("%s: %q", name, column)
			}
			header, cells, want = append(header, part[0]), append(cells, part[1]), append(want, part[2])
		}
		g := grid{comma: ',', rows: [][]string{header, cells, cells}}
		for i, c := range mustRead(t, g.text(), DefaultOptions()).Mapping.Columns {
			got := map[Role]string{RoleLabel: "L", RoleValue: "V", RoleTime: "T", RoleIgnore: "I"}[c.Role]
			if c.Aggregate == AggregateMean {
				got = "M"
			}
			if got != want[i] {
				t.Errorf("%s: %q with %q is %s, and should be %s: %s", name, c.Name, cells[i], got, want[i], c.Why)
			}
		}
	}
}
