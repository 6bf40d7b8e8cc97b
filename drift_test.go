package whatspie_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestDrift_noneInDocumentedResponses(t *testing.T) {
	t.Parallel()
	assert.Empty(t, driftsOf(t, wiretest.Fixture(t, "get_device_200.json"), get(t)))
	assert.Empty(t, driftsOf(t, wiretest.Fixture(t, "list_devices_200.json"), all(t)))
	assert.Empty(t, driftsOf(t, wiretest.Fixture(t, "list_devices_200.json"), func(client *whatspie.Client) {
		_, err := client.Devices.List(t.Context())
		require.NoError(t, err)
	}))
	assert.Empty(t, driftsOf(t, `{"status":200,"message":"OK","data":{"qr":"`+wiretest.QRDataURI(t)+`"}}`, func(client *whatspie.Client) {
		_, err := client.Devices.QR(t.Context(), 7)
		require.NoError(t, err)
	}))
}

// driftsOf is what one call reports of the body.
func driftsOf(t *testing.T, body string, call func(*whatspie.Client)) []string {
	t.Helper()
	var log wiretest.DriftLog
	call(wiretest.NewScript(wiretest.OK(body)).Client(t, log.Option()))
	return log.Lines
}

func get(t *testing.T) func(*whatspie.Client) {
	t.Helper()
	return func(client *whatspie.Client) {
		_, err := client.Devices.Get(t.Context(), 7)
		require.NoError(t, err)
	}
}

func all(t *testing.T) func(*whatspie.Client) {
	t.Helper()
	return func(client *whatspie.Client) {
		for _, err := range client.Devices.All(t.Context()) {
			require.NoError(t, err)
		}
	}
}

// A missing value may be legitimate: a device that was never paired has no number.
func TestDrift_ignoresMissingValues(t *testing.T) {
	t.Parallel()
	assert.Empty(t, driftsOf(t, `{"status":200,"message":null,"error":"","data":{"id":7,"name":"a","device_name":"b","phone":null,
		"webhook_url":"","status":"","paired_status":null,"created_at":"","updated_at":null,"server":null,"package":{"code":""},
		"subscription":{"quote_used":""}}}`, get(t)))
	assert.Empty(t, driftsOf(t, `{"status":200,"data":null}`, all(t)))
	assert.Empty(t, driftsOf(t, `{"status":200,"data":[null]}`, all(t)))
}

func TestDrift(t *testing.T) {
	t.Parallel()
	const unknownField, unknownValue, otherType = " unknown field", " unknown value", " type"
	for member, want := range map[string][]string{
		`"color":"red"`:                                      {".color" + unknownField},
		`"server":{"region":"EU"}`:                           {".server.region" + unknownField},
		`"server":{"region":{"a":1}}`:                        {".server.region" + unknownField},
		`"package":{"code":"STARTUP60K"}`:                    {".package.code" + unknownValue},
		`"package":{"code":7,"id":3}`:                        {".package.code" + otherType, ".package.id" + unknownField},
		`"paired_status":"PAIRING"`:                          {".paired_status" + unknownValue},
		`"paired_status":"paired"`:                           {".paired_status" + unknownValue},
		`"paired_status":true`:                               {".paired_status" + otherType},
		`"status":"BANNED"`:                                  {".status" + unknownValue},
		`"status":["ACTIVE"]`:                                {".status" + otherType},
		`"version":"legacy"`:                                 {".version" + unknownValue},
		`"phone":6289510154496`:                              {".phone" + otherType},
		`"phone":{"e164":"+6289510154496"}`:                  {".phone" + otherType},
		`"webhook_url":false`:                                {".webhook_url" + otherType},
		`"webhook_url":["https://a"]`:                        {".webhook_url" + otherType},
		`"id":"7"`:                                           {".id" + otherType},
		`"id":7.0`:                                           {".id" + otherType},
		`"ID":7`:                                             nil,
		`"created_at":"2022-03-15 00:32:13"`:                 {".created_at" + otherType},
		`"created_at":1647304333`:                            {".created_at" + otherType},
		`"created_at":"yesterday"`:                           {".created_at" + otherType},
		`"created_at":"2022-03-15T00:32:13.123456789+07:00"`: nil,
		`"subscription":{"quote_available":-1}`:              {".subscription.quote_available" + otherType},
		`"subscription":{"quote_used":"many"}`:               {".subscription.quote_used" + otherType},
		`"subscription":{"quote_used":"5.5"}`:                {".subscription.quote_used" + otherType},
		`"subscription":[]`:                                  {".subscription" + otherType},
		`"subscription":[{"left":1}]`:                        {".subscription[*].left" + unknownField, ".subscription" + otherType},
		`"server":[[[{"region":"EU"}]]]`:                     {".server" + otherType},
		`"server":"EUR (DEU1)"`:                              {".server" + otherType},
		`"a b":1,"é":2,"":3,"x\u0000":4`:                     {".*" + unknownField},
		`"` + strings.Repeat("a", 64) + `":1`:                {"." + strings.Repeat("a", 64) + unknownField},
		`"` + strings.Repeat("a", 65) + `":1`:                {".*" + unknownField},
	} {
		t.Run(member, func(t *testing.T) {
			t.Parallel()
			lines := func(operation, at string) []string { return prefixed(operation+at, want) }
			device := `{"id":7,` + member + `}`
			assert.Equal(t, lines("GET /devices/{id} ", "$.data"), driftsOf(t, `{"status":200,"data":`+device+`}`, get(t)))
			assert.Equal(t, lines("GET /devices ", "$.data[*]"), driftsOf(t, `{"status":200,"data":[`+device+`,`+device+`]}`, all(t)))
			assert.Equal(t, append([]string{"GET /devices $ type"}, lines("GET /devices ", "$[*]")...), driftsOf(t, ` [`+device+`,`+device+`]`, all(t)))
			assert.Equal(t, append([]string{"GET /devices/{id} $ type"}, lines("GET /devices/{id} ", "$")...), driftsOf(t, device+"\n", get(t)))
		})
	}
}

func prefixed(prefix string, lines []string) []string {
	if lines == nil {
		return nil
	}
	own := make([]string, len(lines))
	for i, line := range lines {
		own[i] = prefix + line
	}
	return own
}

func TestDrift_ofEnvelope(t *testing.T) {
	t.Parallel()
	for members, want := range map[string][]string{
		`"status":"200"`:                         {"$.status type"},
		`"status":true,"success":true`:           {"$.status type", "$.success unknown field"},
		`"data":[],"message":7`:                  {"$.message type"},
		`"data":[],"meta":{"page":1},"links":{}`: {"$.meta unknown field", "$.links unknown field"},
		`"data":[{"id":1},{"x":1}],"status":1`:   {"$.data[*].x unknown field"},
		`"data":[],"code":200,"error":""`:        nil,
		`"data":[],"code":200.0,"error":false`:   {"$.code type", "$.error type"},
	} {
		t.Run(members, func(t *testing.T) {
			t.Parallel()
			body := `{` + members + `,"message":"OK"}`
			lines := prefixed("GET /devices ", want)
			assert.Equal(t, lines, driftsOf(t, body, all(t)))
			assert.Equal(t, lines, driftsOf(t, body, func(client *whatspie.Client) {
				_, err := client.Devices.List(t.Context())
				require.NoError(t, err)
			}))
		})
	}
}

func TestDrift_ofOtherEndpoints(t *testing.T) {
	t.Parallel()
	create := func(client *whatspie.Client) {
		_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
		require.NoError(t, err)
	}
	assert.Empty(t, driftsOf(t, `{"status":200,"data":{"id":7}}`, create))
	assert.Empty(t, driftsOf(t, `{"status":200,"data":[{"id":7}]}`, create), "its documentation does not say which")
	assert.Equal(t, []string{"POST /devices $.data.qr unknown field"}, driftsOf(t, `{"status":200,"data":{"id":7,"qr":"x"}}`, create))
	assert.Equal(t, []string{"GET /devices/{id} $.data[*].x unknown field", "GET /devices/{id} $.data type"},
		driftsOf(t, `{"status":200,"data":[{"id":7,"x":1}]}`, get(t)))

	code := func(client *whatspie.Client) {
		_, err := client.Devices.QR(t.Context(), 7)
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"GET /devices/{id}/qr $ type"}, driftsOf(t, string(wiretest.QRPNG(t)), code))
	assert.Equal(t, []string{"GET /devices/{id}/qr $.data.expires_in unknown field"},
		driftsOf(t, `{"status":200,"data":{"qr":"https://a/b","expires_in":20}}`, code))

	call := func(path string, out any) func(client *whatspie.Client) {
		return func(client *whatspie.Client) {
			require.NoError(t, client.Call(t.Context(), http.MethodDelete, path, nil, out))
		}
	}
	assert.Equal(t, []string{"DELETE /devices/{id}/{id}/log8/{id} $.took unknown field"},
		driftsOf(t, `{"status":200,"data":{"what":1},"took":3}`, call("/devices/7/8/log8/9?at=9", &map[string]any{})))
}

func TestDrift_isReportedOnce(t *testing.T) {
	t.Parallel()
	var log wiretest.DriftLog
	client := wiretest.NewScript(wiretest.OK(`{"status":200,"data":{"id":7,"x":1,"y":[]}}`)).Client(t, log.Option())
	var everybody sync.WaitGroup
	for range 20 {
		everybody.Go(func() { get(t)(client) })
	}
	everybody.Wait()
	assert.ElementsMatch(t, []string{"GET /devices/{id} $.data.x unknown field", "GET /devices/{id} $.data.y unknown field"}, log.Lines)
	_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
	require.NoError(t, err)
	assert.Len(t, log.Lines, 4, "another operation")
}

// Made-up names can neither exhaust memory nor leak a secret.
func TestDrift_boundsAndRedactsNames(t *testing.T) {
	t.Parallel()
	var members strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&members, `,"n%d":1`, i)
	}
	body := `{"id":7` + members.String() + `}`
	assert.Len(t, driftsOf(t, `{"status":200,"data":`+body+`}`, get(t)), 1000)
	assert.Len(t, driftsOf(t, `{"status":200,"data":[`+body+`]}`, all(t)), 1000)

	var log wiretest.DriftLog
	plain := "abcdefghijklmnopqrstuvwxyz"
	client := wiretest.NewScript(wiretest.OK(`{"status":200,"data":{"id":7,"x_`+plain+`":"v4lue"}}`)).Client(t, log.Option(),
		whatspie.WithTokenSource(func(context.Context) (string, error) { return plain, nil }))
	get(t)(client)
	assert.Equal(t, []string{"GET /devices/{id} $.data.x_[redacted] unknown field"}, log.Lines)
}

func TestDrift_ignoresFailures(t *testing.T) {
	t.Parallel()
	for _, answer := range []wiretest.Reply{
		{Status: 502, Body: `{"errors":[]}`},
		{Status: 404, Body: `{"code":404,"message":"Device not found","trace":"x"}`},
		wiretest.OK(`{"code":500,"oops":1}`),
		wiretest.OK(`{"status":200,"data":{"oops":1}}`),
		wiretest.OK(`{"status":200,"data":[7,{"oops":1}]}`),
	} {
		var log wiretest.DriftLog
		client := wiretest.NewScript(answer).Client(t, log.Option(), wiretest.NoWaits)
		_, err := client.Devices.Get(t.Context(), 7)
		require.Error(t, err)
		for _, err := range client.Devices.All(t.Context(), whatspie.WithoutRetry()) {
			require.Error(t, err)
		}
		assert.Empty(t, log.Lines)
	}
}

// A stream that is left early reports drift up to that point.
func TestDrift_isReportedAfterBreak(t *testing.T) {
	t.Parallel()
	lines := driftsOf(t, `{"status":200,"data":[{"id":1,"x":1},{"id":2,"y":1}]}`, func(client *whatspie.Client) {
		for _, err := range client.Devices.All(t.Context()) {
			require.NoError(t, err)
			break
		}
	})
	assert.Equal(t, []string{"GET /devices $.data[*].x unknown field"}, lines)
}
