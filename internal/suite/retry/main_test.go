// Package retry_test tests the attempts of a call: which failures are retried and after which wait, and that a request
// that may change something is sent only once.
package retry_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
