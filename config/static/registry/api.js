"use strict";

// No validator: it would send the document to another site.
SwaggerUIBundle({
  url: document.getElementById("swagger-ui").dataset.document,
  domNode: document.getElementById("swagger-ui"),
  deepLinking: true,
  validatorUrl: null,
});
