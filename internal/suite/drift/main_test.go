// Package drift_test tests how the client handles responses that differ from the API's documentation.
package drift_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
