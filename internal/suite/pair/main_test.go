// Package pair_test tests Pair against simulated gateways, and how it ends.
package pair_test

import (
	"testing"

	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }
