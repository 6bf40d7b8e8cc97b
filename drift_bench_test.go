package whatspie_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// BenchmarkDriftHandler tells what the report of drifts costs a call: without a handler, with one that hears nothing,
// and with one that has heard all there is.
func BenchmarkDriftHandler(b *testing.B) {
	documented := []byte(fixture(b, "get_device_200.json"))
	drifted := []byte(`{"status":"200","meta":1,"data":{"id":"7","color":"red","paired_status":"PAIRING"}}`)
	ignore := whatspie.WithDriftHandler(func(whatspie.Drift) {})
	for name, client := range map[string]*whatspie.Client{
		"unset":           benchClient(b, documented),
		"set":             benchClient(b, documented, ignore),
		"unset, drifting": benchClient(b, drifted),
		"set, drifting":   benchClient(b, drifted, ignore),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := client.Devices.Get(b.Context(), 7)
				require.NoError(b, err)
			}
		})
	}
}
