// Sends the payer on at once; without script the form's button does.
"use strict";

document.getElementById("onward").submit();
