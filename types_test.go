package whatspie_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// The expected text is written by hand, so that a wrong tag fails.
func TestDevice_encodesInAPIFormat(t *testing.T) {
	t.Parallel()
	encoded, err := json.Marshal(wiretest.DocumentedDevice())
	require.NoError(t, err)
	_, data, found := strings.Cut(wiretest.Fixture(t, "get_device_200.json"), `"data":`)
	require.True(t, found)
	assert.JSONEq(t, strings.TrimSuffix(strings.TrimSpace(data), "}"), string(encoded))
	assert.Equal(t, wiretest.DocumentedDevice(), decodeDevice(t, string(encoded)))

	encoded, err = json.Marshal(whatspie.Device{})
	require.NoError(t, err)
	assert.JSONEq(t, `{"id":0,"phone":"","webhook_url":"","status":"","version":"","paired_status":"",
		"server":{"name":"","status":""},"package":{"code":"","name":""},
		"subscription":{"quote_available":"0","quote_used":"0"}}`, string(encoded))

	named := whatspie.Device{Name: "Support", Package: whatspie.Package{ID: 3}}
	encoded, err = json.Marshal(named)
	require.NoError(t, err)
	assert.Contains(t, string(encoded), `"name":"Support"`)
	assert.Equal(t, named, decodeDevice(t, string(encoded)))
}

func decodeDevice(t *testing.T, body string) whatspie.Device {
	t.Helper()
	var device whatspie.Device
	require.NoError(t, json.Unmarshal([]byte(body), &device))
	return device
}

// The test fails if a field is not decoded, or is decoded into another field.
func TestDevice_roundTripsEveryField(t *testing.T) {
	t.Parallel()
	device := deviceWithAllFields(t)
	assertRoundTrip(t, device)
	for i, field := range deviceFields() {
		t.Run(field.name, func(t *testing.T) {
			t.Parallel()
			changed := device
			field.set(t, &changed, 100+i)
			require.NotEqual(t, device, changed)
			assertRoundTrip(t, changed)
		})
	}
}

// deviceField is a field of a device or of one of its parts.
type deviceField struct {
	name  string
	index []int
}

func deviceFields() []deviceField { return fieldsOf(reflect.TypeFor[whatspie.Device]()) }

func fieldsOf(typ reflect.Type) []deviceField {
	var found []deviceField
	for i := range typ.NumField() {
		field := typ.Field(i)
		if field.Type.Kind() != reflect.Struct || field.Type == reflect.TypeFor[time.Time]() {
			found = append(found, deviceField{field.Name, []int{i}})
			continue
		}
		for _, part := range fieldsOf(field.Type) {
			found = append(found, deviceField{field.Name + "." + part.name, append([]int{i}, part.index...)})
		}
	}
	return found
}

// set assigns a value that depends on the number.
func (f deviceField) set(t *testing.T, device *whatspie.Device, number int) {
	t.Helper()
	switch field := reflect.ValueOf(device).Elem().FieldByIndex(f.index); field.Interface().(type) {
	case time.Time:
		field.Set(reflect.ValueOf(time.Date(2026, 1, 1, 0, 0, number, 0, time.UTC)))
	case int, int64:
		field.SetInt(int64(1000 + number))
	default:
		require.Equal(t, reflect.String, field.Kind(), f.name)
		field.SetString(fmt.Sprintf("text %d", number))
	}
}

// deviceWithAllFields returns a device with a distinct value in every field.
func deviceWithAllFields(t *testing.T) whatspie.Device {
	t.Helper()
	var device whatspie.Device
	for i, field := range deviceFields() {
		field.set(t, &device, i)
	}
	return device
}

// assertRoundTrip encodes a device and checks that every method decodes the same device.
func assertRoundTrip(t *testing.T, want whatspie.Device) {
	t.Helper()
	encoded, err := json.Marshal(want)
	require.NoError(t, err)
	var decoded whatspie.Device
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	assert.Equal(t, want, decoded, "Unmarshal")

	client := wiretest.NewScript(wiretest.OK(`{"status":200,"data":` + string(encoded) + `}`)).Client(t)
	device, err := client.Devices.Get(t.Context(), 7)
	require.NoError(t, err)
	assert.Equal(t, want, *device, "Get")
	device, err = client.Devices.Create(t.Context(), wiretest.NewDevice)
	require.NoError(t, err)
	assert.Equal(t, want, *device, "Create")

	client = wiretest.NewScript(wiretest.ListOf(string(encoded))).Client(t)
	devices, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []whatspie.Device{want}, devices, "List")
	for device, err := range client.Devices.All(t.Context()) {
		require.NoError(t, err)
		assert.Equal(t, want, *device, "All")
	}
}

// The decoder must know every field of the struct.
func TestDevice_noFieldIsDrift(t *testing.T) {
	t.Parallel()
	device := strings.Replace(objectOfNulls(reflect.TypeFor[whatspie.Device]()), `"id":null`, `"id":7`, 1)
	// Only the catalog documents the ID of a package.
	assert.Equal(t, []string{"GET /devices/{id} $.data.package.id unknown field"},
		reportedDrift(t, `{"status":200,"data":`+device+`}`, getDevice))
}

// objectOfNulls returns a JSON object with every field of a struct.
func objectOfNulls(typ reflect.Type) string {
	members := make([]string, 0, typ.NumField())
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		value := "null"
		if part := typ.Field(i).Type; part.Kind() == reflect.Struct && part != reflect.TypeFor[time.Time]() {
			value = objectOfNulls(part)
		}
		members = append(members, `"`+name+`":`+value)
	}
	return "{" + strings.Join(members, ",") + "}"
}

func TestDevice_paired(t *testing.T) {
	t.Parallel()
	for status, want := range map[whatspie.PairedStatus]bool{
		whatspie.PairedStatusPaired:    true,
		"paired":                       true,
		whatspie.PairedStatusUnpaired:  false,
		whatspie.PairedStatusExpired:   false,
		whatspie.PairedStatusSuspended: false,
		"":                             false,
		"PAIRED?":                      false,
		"REPAIRED":                     false,
	} {
		device := &whatspie.Device{Status: whatspie.DeviceStatusActive, PairedStatus: status}
		assert.Equal(t, want, device.Paired(), status)
	}
	assert.False(t, (*whatspie.Device)(nil).Paired())
}

func TestSubscription_unlimited(t *testing.T) {
	t.Parallel()
	for quota, want := range map[int64]bool{-1: true, -2: true, 0: false, 1: false} {
		assert.Equal(t, want, whatspie.Subscription{QuotaAvailable: quota}.Unlimited(), quota)
	}
}
