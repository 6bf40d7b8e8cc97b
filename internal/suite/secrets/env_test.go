package secrets_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestTheTokenOfTheEnvironmentStaysHidden(t *testing.T) {
	for name, variable := range map[string]string{"primary": "WHATSPIE_API_TOKEN", "fallback": "WHATSPIE_TOKEN"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("WHATSPIE_API_TOKEN", "") // ignore the environment of the test run
			t.Setenv("WHATSPIE_BASE_URL", "")
			t.Setenv(variable, wiretest.Token)
			refusing := wiretest.NewScript(wiretest.Reply{Status: http.StatusUnauthorized, Body: blurted(t)})
			client, err := whatspie.NewClientFromEnv(wiretest.WithTransport(refusing), wiretest.NoWaits)
			require.NoError(t, err)
			_, err = client.Devices.QR(t.Context(), 7)
			assertNoSecret(t, everything(t, err))
			for _, way := range printed(client) {
				assertNoSecret(t, way.text)
			}
			t.Setenv(variable, wiretest.Token+"\n")
			_, err = whatspie.NewClientFromEnv()
			require.Error(t, err)
			assertNoSecret(t, err.Error())
		})
	}
}
