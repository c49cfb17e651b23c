"""What the site's address answers: the application behind API Gateway, and the pages under ``/local``."""
