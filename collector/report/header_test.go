package report

import (
	"strings"
	"testing"
)

// numbersUnder are headers over columns of numbers, and what a person would take
// them for.
var numbersUnder = map[string]string{
	"label": `
id ID Id userId user_id user_ids UserID userid USERID accountid LinkedAccountId line_item_id "ID (internal)" ID-Nr
SKU sku_code zip Zip ZipCode zip_code postal_code postcode phone Phone_Number phonenumber
version Version app_version AppVersion "Version (client)" sdk.version schema_version build release
year Year fiscal_year FiscalYear fiscalyear FY quarter month Month billing_month week day hour day_of_week hour_of_day week_number
status status_code StatusCode http_status response_code error_code exit_code ErrorCode
account Account "Account #" "Account No" "Account No." account_number AccountNumber acct_nbr "Acct #" customer client
project project_number project.number org organization team department dept cost_center CostCenter
invoice invoice_number "Invoice Number" order order_number "Order No." ticket case_number contract subscription plan
campaign "Campaign ID" ad_group region zone store branch device host node port srcport asn vlan
event experiment gate rule variant group segment config layer cohort bucket shard index row line rank_id
is_active isActive has_discount was_refunded "Is Billable" created_by updated_by "Approved By"
serial serial_number reference ref key api_key code "Promo Code" barcode hash checksum
mcc card_last4 "Card Last 4" last_four latitude longitude lat lon priority severity level tier
period "Fiscal Period" usage_month term page session session_id transaction transaction_id batch run job
#  No. Nr. № "N°" "N° client" "Numéro de facture" "Código" "código de cliente" Kundennummer Kostenstelle Rechnungsnr PLZ Jahr Monat
アカウントID 商品コード 番号 from to "Sent From" number_id flag type category class grade
`,
	"value": `
count Count event_count "Event Count" eventCount users Users active_users "Active User" new_user "New Users" unique_visitors DAU MAU MTUs
cost Cost cost_usd "Cost (USD)" "Cost ($)" Config($) "Account Total" "Total Account" "Cost by project" "cost in region" CostInBillingCurrency CostInUsd
amount Amount amount_due AmountDue "Total due" balance credit credits credits_used discount tax VAT fee charge charges refund revenue MRR ARR
quantity Quantity qty UsageQuantity usage Usage "Usage (GB)" usage_amount usage.amount_in_pricing_units usage_in_gb bytes gb_seconds "Node Hours" node_hours instance_hours
hours minutes Seconds duration duration_ms latency elapsed response_time time_to_first_byte size length score value total Total
requests Requests calls "API Calls" queries messages segments NumSegments num_rows n_requests "No. of users" "Number of user" "# of orders" "#orders" "number of sessions" "total number"
sessions views clicks impressions conversions Conversion conversion installs errors failures retries seats licenses hosts containers
"lines of code" "Lines Of Code" "value of order" "total event" "Total Users" "Sum of Sales" tokens input_tokens cached_input_tokens output_token
paid Paid unpaid bid max_bid grid "This Month" "Last Month" "Current Month" "Previous Year" "Year to date" "cost to date" "Month To Date" cost_last_month "Revenue this year"
p95 p99_latency infra_host_top99p apm_host_count cpu memory vcpu storage storage_gb disk bandwidth
number Number num Sales Umsatz Betrag Menge Anzahl Kosten "Montant HT" Valor Importe 金額 件数
budget quota limit "Monthly Limit" overage included remaining rollover weight height
"Usage (instance)" "Revenue (account)x" "session_count" "id_count" "Ids seen" "versions_released" "codes_used" "days_active" "user_days" "member_count" "zone_cost"
Email SMS Voice Push Actions Packages Compute Storage Network Support Other
`,
	"mean": `
price Price unit_price UnitPrice "Unit Price ($)" list_unit_price rate Rate exchange_rate conversion_rate "Cache Hit Rate" BlendedRate ratio percent percentage pct "% share" share market_share
"Percent used" percent_complete average avg_latency "Average session duration" mean_time cost_per_user "Cost per User" "Cost/User" "$/GB" "Requests/day" per_seat applied_cost_per_quantity events_per_session events_per_second "Requests per key" plan_price
Stückpreis Preis Anteil Prozent Taux "Prix unitaire" precio Preço "単価"
`,
	"time": `
created_at createdAt "Created (UTC)" created updated_at timestamp Timestamp event_timestamp time Time event_time start_time StartTime end_time start end date Date event_date ds dt
"Last Seen" last_seen_at first_seen expires_at "Expires On" ts ts_ms time_ms timestamp_utc date_created epoch unix_time "Start (ms)" period_start billing_period_end Datum Fecha hour bucket
`,
}

// words splits a list in which names with spaces are quoted.
func quotedFields(list string) []string {
	var out []string
	for i, part := range strings.Split(list, `"`) {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}

func TestAHeaderSaysWhatItsNumbersAre(t *testing.T) {
	for want, list := range numbersUnder {
		cell := "5"
		if want == "time" {
			cell = "1767225600"
		}
		for _, header := range quotedFields(list) {
			r := mustRead(t, "thing,\""+header+"\"\nx,"+cell+"\ny,"+cell+"\n", DefaultOptions())
			c := r.Mapping.Columns[1]
			got := string(c.Role)
			if c.Aggregate == AggregateMean {
				got = "mean"
			}
			if got != want {
				t.Errorf("%q is %s, and should be %s: %s", header, got, want, c.Why)
			}
		}
	}
}
